-- note_gate_use: rows that a rule has changed by itself in this transaction, on the word of one check.
INSERT INTO consistency_gate_uses (rule, run_id, found_by, changed, used_at)
VALUES (:rule, :run_id, :found_by, :changed, :now)
