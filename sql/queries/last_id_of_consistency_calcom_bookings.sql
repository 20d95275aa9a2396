-- last_id_of_consistency_calcom_bookings: where the ids of the table end now, so that a backfill can be cut into ranges.
SELECT MAX(id) AS last_id
FROM consistency_calcom_bookings;
