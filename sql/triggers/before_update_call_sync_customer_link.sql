-- before_update_call_sync_customer_link: a call that gets, changes or loses its customer is linked as the evidence has it.
-- enforces: customer_link_status_fits_evidence (I-01), linked_call_has_customer (I-02), linked_call_has_confidence (I-03)
-- What is known of the former customer says nothing about the new one. A hidden number proves nobody's identity; a status
-- of pending_review in the same statement is respected.
CREATE TRIGGER before_update_call_sync_customer_link
BEFORE UPDATE ON calls
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 0;
    DECLARE hidden TINYINT DEFAULT 0;
    DECLARE review TINYINT DEFAULT 0;
    DECLARE numbers TINYINT DEFAULT -1;
    DECLARE own TINYINT DEFAULT 0;
    DECLARE fresh TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    CALL FORGET_WHAT_WAS_MADE();
    IF NOT NEW.customer_id <=> OLD.customer_id AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = TRIGGERS_ENABLED();
    END IF;
    IF enabled THEN
        SET hidden = NOT COALESCE(IS_DIALABLE(NEW.from_number), 0);
        IF NEW.customer_id IS NULL THEN
            IF NEW.customer_link_status = OLD.customer_link_status OR NEW.customer_link_status = 'linked' THEN
                SET NEW.customer_link_status = CASE
                    WHEN NOT NAME_IS_NONE(NEW.customer_name) THEN 'name_only'
                    WHEN IS_SUPPRESSED(NEW.from_number) THEN 'anonymous'
                    ELSE 'unlinked'
                END;
            END IF;
            SET NEW.customer_link_method = NULL;
            SET NEW.customer_link_confidence = NULL;
            SET NEW.customer_linked_at = NULL;
        ELSE
            -- A new time of the link says that the statement brings a whole new link, even if values are equal.
            SET fresh = NOT NEW.customer_linked_at <=> OLD.customer_linked_at;
            SET review = NEW.customer_link_status = 'pending_review' AND (
                OLD.customer_link_status <> 'pending_review'
                OR NOT NEW.customer_link_confidence <=> OLD.customer_link_confidence
                OR fresh
            );
            IF OLD.customer_id IS NOT NULL AND NOT fresh THEN
                IF NEW.customer_link_method <=> OLD.customer_link_method THEN
                    SET NEW.customer_link_method = NULL;
                END IF;
                IF NEW.customer_link_confidence <=> OLD.customer_link_confidence THEN
                    SET NEW.customer_link_confidence = NULL;
                END IF;
            END IF;
            IF hidden AND NEW.customer_link_method = 'phone_match' THEN
                SET NEW.customer_link_method = NULL;
                SET NEW.customer_link_confidence = IF(review, NEW.customer_link_confidence, NULL);
            END IF;
            IF NOT review THEN
                CALL JUDGE_LINK();
                SET NEW.customer_linked_at = CASE
                    WHEN fresh THEN NEW.customer_linked_at
                    WHEN NEW.customer_link_status = 'linked' THEN NOW()
                END;
            END IF;
        END IF;
    END IF;
END
