-- before_update_call_sync_customer_link: a call that gets, changes or loses its customer is linked as the evidence has it.
-- enforces: customer_link_status_fits_evidence (I-01), linked_call_has_customer (I-02), linked_call_has_confidence (I-03)
-- What is known of the former customer says nothing about the new one. A hidden number proves nobody's identity; a status
-- of pending_review in the same statement is respected.
CREATE TRIGGER before_update_call_sync_customer_link
BEFORE UPDATE ON calls
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE hidden TINYINT DEFAULT 0;
    DECLARE review TINYINT DEFAULT 0;
    DECLARE numbers TINYINT DEFAULT -1;
    DECLARE own TINYINT DEFAULT 0;
    DECLARE fresh TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF NOT NEW.customer_id <=> OLD.customer_id AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
    END IF;
    IF enabled AND NOT NEW.customer_id <=> OLD.customer_id AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
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
                SET NEW.customer_linked_at = CASE
                    WHEN fresh THEN NEW.customer_linked_at
                    WHEN NEW.customer_link_status = 'linked' THEN NOW()
                END;
            END IF;
        END IF;
    END IF;
END
