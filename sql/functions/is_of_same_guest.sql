-- IS_OF_SAME_GUEST(mine, other): whether two rows of a customer may be the same person's; one may book for others.
SELECT (COALESCE(ATTENDEE_OF(:other.metadata) = ATTENDEE_OF(:mine.metadata), 1))
