-- before_insert_call_set_direction: a call without a direction gets one; outbound where our own number called another one.
-- enforces: call_direction_present (K-01)
-- An insert of a call that is there already becomes an update, or fails: what is known of it is not made up here.
CREATE TRIGGER before_insert_call_set_direction
BEFORE INSERT ON calls
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET @consistency_made_direction = NULL;
    IF COALESCE(NEW.direction COLLATE utf8mb4_bin, '') NOT IN ('inbound', 'outbound')
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = TRIGGERS_ENABLED();
        IF enabled AND NOT :row_is_there THEN
            CALL JUDGE_DIRECTION();
            SET @consistency_made_direction = CONCAT(NOW(6), ' ', NEW.direction);
        END IF;
    END IF;
END
