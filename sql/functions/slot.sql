-- SLOT(moment): the eight-hour slot of a moment, as the computed columns have it.
SELECT (UNIX_TIMESTAMP(:moment) DIV 28800)
