-- consistency_booking_rechecks: one a call again; of several that wait, the newest stays.
UPDATE consistency_booking_rechecks AS older
INNER JOIN consistency_booking_rechecks AS newer
    ON older.call_id = newer.call_id AND newer.status = 'waiting' AND newer.id > older.id
SET older.status = 'given_up'
WHERE older.status = 'waiting';

ALTER TABLE consistency_booking_rechecks
DROP KEY consistency_booking_rechecks_waiting,
DROP COLUMN waiting_for,
DROP COLUMN announced_at,
ADD COLUMN waiting_call_id BIGINT UNSIGNED GENERATED ALWAYS AS (IF(status + 0 = 1, call_id, NULL)) STORED,
ADD UNIQUE KEY consistency_booking_rechecks_waiting (waiting_call_id);
