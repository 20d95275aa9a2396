-- delete_undos_of_runs: what was taken back of changes that are deleted.
DELETE FROM consistency_undos
WHERE correction_id IN (
    SELECT c.id
    FROM consistency_corrections AS c
    WHERE c.run_id IN :names
)
