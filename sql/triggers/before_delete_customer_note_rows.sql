-- before_delete_customer_note_rows: what named a customer that is removed is noted, for the next check to read it anew.
-- notes for: booking_claim_has_appointment (B-03), linked_call_has_customer (I-02), calendar_booking_has_appointment (C-07)
-- Keys that cascade change and remove rows without firing a trigger: it is done before.
CREATE TRIGGER before_delete_customer_note_rows
BEFORE DELETE ON customers
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', c.id, UTC_TIMESTAMP(6)
        FROM calls AS c
        WHERE c.customer_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', a.call_id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        WHERE a.customer_id = OLD.id AND a.call_id IS NOT NULL;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', c.id, UTC_TIMESTAMP(6)
        FROM calls AS c FORCE INDEX (consistency_appointment_index)
        INNER JOIN appointments AS a ON c.appointment_id = a.id
        WHERE a.customer_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'calls', c.id, UTC_TIMESTAMP(6)
        FROM calls AS c FORCE INDEX (consistency_converted_index)
        INNER JOIN appointments AS a ON c.converted_appointment_id = a.id
        WHERE a.customer_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        INNER JOIN consistency_calcom_bookings AS b
            ON b.company_id = a.company_id
            AND b.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
        WHERE a.customer_id = OLD.id;
        INSERT INTO consistency_touched (table_name, row_id, touched_at)
        SELECT 'consistency_calcom_bookings', b.id, UTC_TIMESTAMP(6)
        FROM appointments AS a
        INNER JOIN consistency_calcom_bookings AS b
            ON b.company_id = a.company_id
            AND b.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
        WHERE a.customer_id = OLD.id;
    END IF;
END
