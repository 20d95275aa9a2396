-- UID_OF(uid, either, older): the uid of the booking that a row names; the column `either` holds numbers as well.
SELECT
    (COALESCE(NULLIF(:uid, ''), IF(IS_DIGITS(:either), NULL, NULLIF(:either, '')), NULLIF(:older, '')) COLLATE utf8mb4_bin)
