-- IS_LONG(starts_at, ends_at): whether something reaches beyond the slot after that of its start, where it is not looked for; by
-- slots, so that a computed column can say the same whatever the types of the times.
SELECT (COALESCE(SLOT(:ends_at) > SLOT(:starts_at) + 1, 0))
