-- purge_corrections: audit beyond its retention; after that a change can no longer be undone.
DELETE FROM consistency_corrections
WHERE
    applied_at < :before
LIMIT :batch
