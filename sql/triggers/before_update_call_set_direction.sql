-- before_update_call_set_direction: a direction once known is not lost; clearing it keeps it, or derives it from the numbers.
-- enforces: call_direction_present (K-01)
-- Only a direction changed by the statement is judged: an old wrong one is corrected by the rule, with audit.
CREATE TRIGGER before_update_call_set_direction
BEFORE UPDATE ON calls
FOR EACH ROW FOLLOWS before_update_call_validate_outcome
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF NOT (NEW.direction COLLATE utf8mb4_bin <=> OLD.direction COLLATE utf8mb4_bin)
        AND COALESCE(NEW.direction COLLATE utf8mb4_bin, '') NOT IN ('inbound', 'outbound')
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = TRIGGERS_ENABLED();
        IF enabled AND TRIM(COALESCE(NEW.direction, '')) = '' AND OLD.direction COLLATE utf8mb4_bin IN ('inbound', 'outbound') THEN
            SET NEW.direction = OLD.direction;
        ELSEIF enabled THEN
            CALL JUDGE_DIRECTION();
        END IF;
    END IF;
END
