-- before_insert_call_set_direction: a call without a direction gets one; outbound where our own number called another one.
-- enforces: call_direction_present (K-01)
-- Two spellings of the same word become one; any other word stays, and the rule asks a person about it.
CREATE TRIGGER before_insert_call_set_direction
BEFORE INSERT ON calls
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE from_is_ours TINYINT DEFAULT 0;
    DECLARE to_is_ours TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(NEW.direction COLLATE utf8mb4_bin, '') NOT IN ('inbound', 'outbound')
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
        IF enabled AND LOWER(TRIM(NEW.direction)) IN ('inbound', 'outbound') THEN
            SET NEW.direction = LOWER(TRIM(NEW.direction));
        ELSEIF enabled AND TRIM(COALESCE(NEW.direction, '')) = '' THEN
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
END
