-- before_insert_call_sync_customer_link: a call that arrives with a customer is linked as the evidence has it.
-- enforces: customer_link_status_fits_evidence (I-01), linked_call_has_customer (I-02), linked_call_has_confidence (I-03)
-- A hidden number proves nobody's identity; a status of pending_review in the same statement is respected.
-- An insert of a call that is there already becomes an update, or fails: the update is judged, not the insert.
CREATE TRIGGER before_insert_call_sync_customer_link
BEFORE INSERT ON calls
FOR EACH ROW FOLLOWS before_insert_call_validate_outcome
BEGIN
    DECLARE enabled TINYINT DEFAULT 0;
    DECLARE hidden TINYINT DEFAULT 0;
    DECLARE review TINYINT DEFAULT 0;
    DECLARE numbers TINYINT DEFAULT -1;
    DECLARE own TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET @consistency_made_link = NULL;
    IF NEW.customer_id IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = TRIGGERS_ENABLED();
    END IF;
    IF enabled AND :row_is_there THEN
        SET enabled = 0;
    END IF;
    IF enabled THEN
        SET review = NEW.customer_link_status = 'pending_review';
        SET hidden = NOT COALESCE(IS_DIALABLE(NEW.from_number), 0);
        IF hidden AND NEW.customer_link_method = 'phone_match' THEN
            SET NEW.customer_link_method = NULL;
            SET NEW.customer_link_confidence = IF(review, NEW.customer_link_confidence, NULL);
        END IF;
        IF NOT review THEN
            CALL JUDGE_LINK();
            SET NEW.customer_linked_at = IF(
                NEW.customer_link_status = 'linked', COALESCE(NEW.customer_linked_at, NOW()), NEW.customer_linked_at
            );
        END IF;
        SET @consistency_made_link = LINK_MADE_NOW(NEW.customer_link_status, NEW.customer_link_method, NEW.customer_link_confidence);
    END IF;
END
