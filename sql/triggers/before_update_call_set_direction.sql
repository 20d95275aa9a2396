-- before_update_call_set_direction: a direction once known is not lost; clearing it keeps it, or derives it from the numbers.
-- enforces: call_direction_present (K-01)
-- Only a direction changed by the statement is judged: an old wrong one is corrected by the rule, with audit.
CREATE TRIGGER before_update_call_set_direction
BEFORE UPDATE ON calls
FOR EACH ROW FOLLOWS before_update_call_validate_outcome
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE from_is_ours TINYINT DEFAULT 0;
    DECLARE to_is_ours TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF NOT (NEW.direction COLLATE utf8mb4_bin <=> OLD.direction COLLATE utf8mb4_bin)
        AND COALESCE(NEW.direction COLLATE utf8mb4_bin, '') NOT IN ('inbound', 'outbound')
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
        IF enabled AND LOWER(TRIM(NEW.direction)) IN ('inbound', 'outbound') THEN
            SET NEW.direction = LOWER(TRIM(NEW.direction));
        ELSEIF enabled AND TRIM(COALESCE(NEW.direction, '')) = '' THEN
            IF OLD.direction COLLATE utf8mb4_bin IN ('inbound', 'outbound') THEN
                SET NEW.direction = OLD.direction;
            ELSE
                IF NEW.from_number REGEXP '[0-9]{5}' THEN
                    SELECT
                        COALESCE(MAX(COALESCE(ours.number_normalized, ours.number) = E164(NEW.from_number)), 0),
                        COALESCE(MAX(COALESCE(ours.number_normalized, ours.number) = E164(NEW.to_number)), 0)
                    INTO from_is_ours, to_is_ours
                    FROM phone_numbers AS ours
                    WHERE ours.company_id = NEW.company_id;
                END IF;
                SET NEW.direction = IF(from_is_ours AND NOT to_is_ours, 'outbound', 'inbound');
            END IF;
        END IF;
    END IF;
END
