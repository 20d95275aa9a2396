-- after_delete_modification_note_row: the appointment that lost a record of a change is noted, so that the next check reads it anew.
-- notes for: cancellation_is_on_record (P-16)
CREATE TRIGGER after_delete_modification_note_row
AFTER DELETE ON appointment_modifications
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        VALUES ('appointments', OLD.appointment_id, UTC_TIMESTAMP(6));
    END IF;
END
