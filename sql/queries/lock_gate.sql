-- lock_gate: who changes rows by a rule goes one after another; the caps of the rule are counted under this lock.
SELECT rule
FROM consistency_gates
WHERE rule = :rule
FOR UPDATE
