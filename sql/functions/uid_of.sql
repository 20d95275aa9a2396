-- UID_OF(v2_uid, v2_id, old_uid): the uid of the booking that a row names; v2_id holds numbers as well.
SELECT
    COALESCE(
        NULLIF(:v2_uid, ''), IF(IS_DIGITS(:v2_id), NULL, NULLIF(:v2_id, '')), NULLIF(:old_uid, '')
    ) COLLATE utf8mb4_bin
