-- JUDGE_LINK(): method, confidence and status of the link to a customer, as the evidence has them. The trigger that uses it
-- declares `numbers` (-1: no such customer in the company, 0: another number or one of several, 1: the caller's,
-- 2: unknown), `own` and `hidden`.
IF NEW.customer_link_confidence IS NULL THEN
    IF NEW.customer_link_method IN ('manual_link', 'auto_created') THEN
        SET NEW.customer_link_confidence = 100;
    ELSEIF NEW.customer_link_method = 'appointment_link' THEN
        SET NEW.customer_link_confidence = 95;
    ELSEIF NEW.customer_link_method = 'name_match' THEN
        SET NEW.customer_link_confidence = 85;
    ELSE
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
                    ELSE COALESCE(E164(NEW.from_number) COLLATE utf8mb4_bin = E164(customer.phone) COLLATE utf8mb4_bin, 0)
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
