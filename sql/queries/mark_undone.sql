-- mark_undone: audited changes that have been taken back.
UPDATE consistency_corrections
SET
    undone_at = :now,
    undone_by = :actor,
    undo_run_id = :run_id
WHERE
    id IN :ids
    AND undone_at IS NULL
