-- make_gate: the first change by a rule; whoever comes second waits for the first, without a lock that could be shared.
INSERT INTO consistency_gates (rule)
VALUES (:rule)
ON DUPLICATE KEY UPDATE rule = VALUES(rule)
