-- SLOT_OF_INSTANT(moment): the slot of a TIMESTAMP in UTC, whatever zone a session writes in; for computed columns of MariaDB.
SELECT (UNIX_TIMESTAMP(:moment) DIV 28800)
