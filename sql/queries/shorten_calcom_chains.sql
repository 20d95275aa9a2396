-- shorten_calcom_chains: the root of a chain is the booking that came from no other; one step of the way there.
UPDATE consistency_calcom_bookings AS b
INNER JOIN consistency_calcom_bookings AS p ON p.company_id = b.company_id AND p.calcom_uid = b.root_uid
SET
    b.root_uid = p.root_uid,
    b.changed_at = :now
WHERE
    b.company_id = :company_id
    AND b.root_uid IS NOT NULL
    AND p.root_uid <> b.root_uid
    AND p.root_uid <> b.calcom_uid
