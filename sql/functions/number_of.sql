-- NUMBER_OF(number, either): the number of the booking that a row names; the column `either` holds uids as well.
SELECT COALESCE(:number, IF(IS_DIGITS(:either), CAST(:either AS UNSIGNED), NULL))
