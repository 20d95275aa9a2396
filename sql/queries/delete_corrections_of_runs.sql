-- delete_corrections_of_runs: audit beyond its retention; after that a change can no longer be undone.
DELETE FROM consistency_corrections
WHERE run_id IN :names
