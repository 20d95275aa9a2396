-- after_delete_phase_note_row: the appointment that lost a phase is noted, so that the next check reads it anew.
-- notes for: phased_appointment_has_phases (C-16)
CREATE TRIGGER after_delete_phase_note_row
AFTER DELETE ON appointment_phases
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        VALUES ('appointments', OLD.appointment_id, UTC_TIMESTAMP(6));
    END IF;
END
