-- insert_undo: a change was taken back; its key lets that happen once.
INSERT INTO consistency_undos (correction_id, run_id, undone_at, undone_by)
VALUES (:correction_id, :run_id, :now, :actor)
