-- purge_touched: notes of rows to be read anew that every check has long seen.
DELETE FROM consistency_touched
WHERE
    touched_at < :before
LIMIT :batch
