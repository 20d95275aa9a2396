-- consistency_booking_rechecks: each announcement of a call waits for itself, with the caller's own time of it.
ALTER TABLE consistency_booking_rechecks
DROP KEY consistency_booking_rechecks_waiting,
DROP COLUMN waiting_call_id,
ADD COLUMN announced_at DATETIME(6) NULL AFTER external_booking_id,
ADD COLUMN waiting_for VARCHAR(255)
GENERATED ALWAYS AS (
    IF(status + 0 = 1, CONCAT(call_id, '/', COALESCE(appointment_id, 0), '/', COALESCE(external_booking_id, '')), NULL)
) STORED,
ADD UNIQUE KEY consistency_booking_rechecks_waiting (waiting_for);
