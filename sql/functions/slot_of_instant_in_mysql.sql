-- SLOT_OF_INSTANT_IN_MYSQL(moment): the same for MySQL, which takes no UNIX_TIMESTAMP in a computed column.
SELECT SLOT(CAST(:moment AT TIME ZONE '+00:00' AS DATETIME))
