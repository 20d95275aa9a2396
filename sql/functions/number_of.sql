-- NUMBER_OF(number, v2_id): the number of the booking that a row names; v2_id holds uids as well.
SELECT COALESCE(:number, IF(IS_DIGITS(:v2_id), CAST(:v2_id AS UNSIGNED), NULL))
