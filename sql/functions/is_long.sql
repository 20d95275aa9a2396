-- IS_LONG(starts_at, ends_at): whether something lasts longer than a slot of eight hours.
SELECT (COALESCE(UNIX_TIMESTAMP(:ends_at) - UNIX_TIMESTAMP(:starts_at), 0) > 28800)
