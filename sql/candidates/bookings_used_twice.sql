-- Appointments that say the same of their bookings, in any of the columns where a number or a uid may stand, whosever they are:
-- within a column by a walk along its index, between two of them by looking up the one that fewer rows have. A number
-- that is written with a zero before it or a line's end behind it is equal to others by its value alone: it is named always.
-- What is empty is told by the least of a group, and IF hides that a group is joined by its key: either would cost MariaDB
-- the order of the index.
-- table: appointments, facts: 6732ed6ed5b7c0dd, condition: NOT shares_calcom_id
SELECT
    one.id,
    NULL AS other_id
FROM (
    SELECT p.calcom_booking_id
    FROM appointments AS p
    WHERE p.calcom_booking_id IS NOT NULL
    GROUP BY p.calcom_booking_id
    HAVING COUNT(*) > 1
) AS numbers
INNER JOIN appointments AS one ON one.calcom_booking_id = IF(TRUE, numbers.calcom_booking_id, NULL)
UNION ALL
SELECT
    one.id,
    NULL
FROM (
    SELECT p.calcom_v2_booking_id
    FROM appointments AS p
    WHERE p.calcom_v2_booking_id IS NOT NULL
    GROUP BY p.calcom_v2_booking_id
    HAVING COUNT(*) > 1 AND MIN(p.calcom_v2_booking_id) <> ''
) AS ids
INNER JOIN appointments AS one ON one.calcom_v2_booking_id = IF(TRUE, ids.calcom_v2_booking_id, NULL)
UNION ALL
SELECT
    one.id,
    NULL
FROM (
    SELECT p.calcom_v2_booking_uid
    FROM appointments AS p
    WHERE p.calcom_v2_booking_uid IS NOT NULL
    GROUP BY p.calcom_v2_booking_uid
    HAVING COUNT(*) > 1 AND MIN(p.calcom_v2_booking_uid) <> ''
) AS uids
INNER JOIN appointments AS one ON one.calcom_v2_booking_uid = IF(TRUE, uids.calcom_v2_booking_uid, NULL)
UNION ALL
SELECT
    one.id,
    NULL
FROM (
    SELECT p.consistency_older_uid
    FROM appointments AS p
    WHERE p.consistency_older_uid IS NOT NULL
    GROUP BY p.consistency_older_uid
    HAVING COUNT(*) > 1 AND MIN(p.consistency_older_uid) <> ''
) AS older
INNER JOIN appointments AS one ON one.consistency_older_uid = IF(TRUE, older.consistency_older_uid, NULL)
UNION ALL
SELECT
    one.id,
    NULL
FROM (
    SELECT p.consistency_external_id
    FROM appointments AS p
    WHERE p.consistency_external_id IS NOT NULL
    GROUP BY p.consistency_external_id
    HAVING COUNT(*) > 1 AND MIN(p.consistency_external_id) <> ''
) AS outside
INNER JOIN appointments AS one ON one.consistency_external_id = IF(TRUE, outside.consistency_external_id, NULL)
UNION ALL
SELECT
    one.id,
    NULL
FROM appointments AS one
WHERE one.calcom_v2_booking_id LIKE '0%' OR one.calcom_v2_booking_id LIKE '%\n'
UNION ALL
SELECT
    one.id,
    NULL
FROM appointments AS one
WHERE one.consistency_external_id LIKE '0%' OR one.consistency_external_id LIKE '%\n'
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.calcom_v2_booking_id = CONCAT(one.calcom_booking_id)
WHERE one.calcom_booking_id IS NOT NULL AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_external_id = CONCAT(one.calcom_booking_id)
WHERE one.calcom_booking_id IS NOT NULL AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.calcom_v2_booking_uid = one.calcom_v2_booking_id
WHERE one.calcom_v2_booking_id <> '' AND other.calcom_v2_booking_uid <> '' AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_older_uid = one.calcom_v2_booking_id
WHERE one.calcom_v2_booking_id <> '' AND other.consistency_older_uid <> '' AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_external_id = one.calcom_v2_booking_id
WHERE one.calcom_v2_booking_id <> '' AND other.consistency_external_id <> '' AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_older_uid = one.calcom_v2_booking_uid
WHERE one.calcom_v2_booking_uid <> '' AND other.consistency_older_uid <> '' AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_external_id = one.calcom_v2_booking_uid
WHERE one.calcom_v2_booking_uid <> '' AND other.consistency_external_id <> '' AND other.id <> one.id
UNION ALL
SELECT
    one.id,
    other.id
FROM appointments AS one
INNER JOIN appointments AS other ON other.consistency_external_id = one.consistency_older_uid
WHERE one.consistency_older_uid <> '' AND other.consistency_external_id <> '' AND other.id <> one.id
