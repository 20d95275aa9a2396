-- purge_hints: hints that nobody has looked at; the runs of the scheduler have found all that they could tell.
DELETE FROM consistency_hints
WHERE received_at < :before
LIMIT :batch
