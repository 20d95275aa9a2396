-- before_delete_call_note_rows: what needed the appointments that go with a call is noted, for the next check.
-- notes for: void_appointment_is_not_in_the_calendar (C-09), calendar_booking_has_appointment (C-07)
-- Keys that cascade change and remove rows without firing a trigger: it is done before.
CREATE TRIGGER before_delete_call_note_rows
BEFORE DELETE ON calls
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'appointments', twin.id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        INNER JOIN appointments AS twin ON twin.calcom_booking_id = a.calcom_booking_id
        WHERE a.call_id = OLD.id AND twin.id <> a.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        INNER JOIN consistency_calcom_bookings AS b
            ON b.company_id = a.company_id
            AND b.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
        WHERE a.call_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        INNER JOIN consistency_calcom_bookings AS b
            ON b.company_id = a.company_id
            AND b.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
        WHERE a.call_id = OLD.id;
    END IF;
END
