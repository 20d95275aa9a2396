-- link_calcom_successors: a booking that does not say where it came from is of the chain of the one that names it.
UPDATE consistency_calcom_bookings AS b
INNER JOIN consistency_calcom_bookings AS p
    ON p.company_id = b.company_id AND p.rescheduled_to_uid = b.calcom_uid AND p.calcom_uid <> b.calcom_uid
SET
    b.root_uid = COALESCE(p.root_uid, p.calcom_uid),
    b.changed_at = :now
WHERE
    b.company_id = :company_id
    AND b.root_uid IS NULL
    AND p.company_id = :company_id
    AND p.rescheduled_to_uid IS NOT NULL
