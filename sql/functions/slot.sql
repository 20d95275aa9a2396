-- SLOT(moment): the eight-hour slot of a moment as it is stored; of an instant in UTC, as our sessions read it.
SELECT ((TO_DAYS(:moment) - 719528) * 3 + HOUR(:moment) DIV 8)
