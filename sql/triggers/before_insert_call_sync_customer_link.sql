-- before_insert_call_sync_customer_link: a call that arrives with a customer is linked as the evidence has it.
-- enforces: customer_link_status_fits_evidence (I-01), linked_call_has_customer (I-02), linked_call_has_confidence (I-03)
-- A hidden number proves nobody's identity; a status of pending_review in the same statement is respected.
CREATE TRIGGER before_insert_call_sync_customer_link
BEFORE INSERT ON calls
FOR EACH ROW FOLLOWS before_insert_call_validate_outcome
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE hidden TINYINT DEFAULT 0;
    DECLARE review TINYINT DEFAULT 0;
    DECLARE numbers TINYINT DEFAULT -1;
    DECLARE own TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF NEW.customer_id IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
    END IF;
    IF enabled AND NEW.customer_id IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET review = NEW.customer_link_status = 'pending_review';
        SET hidden = NOT COALESCE(IS_DIALABLE(NEW.from_number), 0);
        IF hidden AND NEW.customer_link_method = 'phone_match' THEN
            SET NEW.customer_link_method = NULL;
            SET NEW.customer_link_confidence = IF(review, NEW.customer_link_confidence, NULL);
        END IF;
        IF NOT review THEN
            IF NEW.customer_link_confidence IS NULL THEN
                IF NEW.customer_link_method IN ('manual_link', 'auto_created') THEN
                    SET NEW.customer_link_confidence = 100;
                ELSEIF NEW.customer_link_method = 'appointment_link' THEN
                    SET NEW.customer_link_confidence = 95;
                ELSEIF NEW.customer_link_method = 'name_match' THEN
                    SET NEW.customer_link_confidence = 85;
                ELSE
                    -- -1: no such customer in the company, 0: another number or one of several, 1: the caller's, 2: unknown
                    IF NOT hidden THEN
                        SET numbers = COALESCE((
                            SELECT CASE
                                WHEN NOT COALESCE(IS_DIALABLE(customer.phone), 0) THEN 2
                                WHEN EXISTS (
                                    SELECT 1
                                    FROM customers AS twin
                                    WHERE twin.company_id = customer.company_id
                                      AND twin.phone = customer.phone
                                      AND twin.id <> customer.id
                                      AND twin.deleted_at IS NULL
                                ) THEN 0
                                ELSE COALESCE(E164(NEW.from_number) = E164(customer.phone), 0)
                            END
                            FROM customers AS customer
                            WHERE customer.id = NEW.customer_id AND customer.company_id = NEW.company_id AND customer.deleted_at IS NULL
                        ), -1);
                    END IF;
                    IF numbers <> 1 THEN
                        SET own = EXISTS (
                            SELECT 1
                            FROM appointments AS a
                            WHERE a.call_id = NEW.id AND a.customer_id = NEW.customer_id AND a.deleted_at IS NULL
                        );
                    END IF;
                    IF numbers = 1 OR (numbers = 2 AND NOT own AND NOT NEW.customer_link_method <=> 'ai_match') THEN
                        SET NEW.customer_link_method = 'phone_match';
                        SET NEW.customer_link_confidence = 100;
                    ELSEIF own THEN
                        SET NEW.customer_link_method = 'appointment_link';
                        SET NEW.customer_link_confidence = 95;
                    ELSE
                        SET NEW.customer_link_method = IF(NEW.customer_link_method = 'phone_match', NULL, NEW.customer_link_method);
                    END IF;
                END IF;
            END IF;
            SET NEW.customer_link_status = CASE
                WHEN NEW.customer_link_confidence IS NULL THEN 'pending_review'
                WHEN NEW.customer_link_method = 'manual_link' OR NEW.customer_link_confidence >= 70 THEN 'linked'
                WHEN NEW.customer_link_confidence >= 40 THEN 'pending_review'
                ELSE 'failed'
            END;
            SET NEW.customer_linked_at = IF(
                NEW.customer_link_status = 'linked', COALESCE(NEW.customer_linked_at, NOW()), NEW.customer_linked_at
            );
        END IF;
    END IF;
END
