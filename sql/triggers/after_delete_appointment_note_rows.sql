-- after_delete_appointment_note_rows: what may have needed an appointment that is removed is noted, for the next check.
-- notes for: booking_claim_has_appointment (B-03), void_appointment_is_not_in_the_calendar (C-09), calendar_booking_has_appointment (C-07)
CREATE TRIGGER after_delete_appointment_note_rows
AFTER DELETE ON appointments
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        IF OLD.call_id IS NOT NULL THEN
            INSERT INTO consistency_touched (table_name, row_id, touched_at)
            VALUES ('calls', OLD.call_id, UTC_TIMESTAMP(6));
        END IF;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', c.id, UTC_TIMESTAMP(6)
        FROM calls AS c FORCE INDEX (consistency_appointment_index)
        WHERE c.appointment_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', c.id, UTC_TIMESTAMP(6)
        FROM calls AS c FORCE INDEX (consistency_converted_index)
        WHERE c.converted_appointment_id = OLD.id;
        IF OLD.parent_appointment_id IS NOT NULL THEN
            INSERT INTO consistency_touched (table_name, row_id, touched_at)
            VALUES ('appointments', OLD.parent_appointment_id, UTC_TIMESTAMP(6));
        END IF;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'appointments', twin.id, UTC_TIMESTAMP(6)
        FROM appointments AS twin
        WHERE twin.calcom_booking_id = OLD.calcom_booking_id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM consistency_calcom_bookings AS b
        WHERE b.company_id = OLD.company_id AND b.calcom_id = NUMBER_OF(OLD.calcom_booking_id, OLD.calcom_v2_booking_id);
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM consistency_calcom_bookings AS b
        WHERE b.company_id = OLD.company_id
          AND b.calcom_uid = UID_OF(OLD.calcom_v2_booking_uid, OLD.calcom_v2_booking_id, OLD.calcom_booking_uid);
    END IF;
END
