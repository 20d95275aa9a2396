-- 0014_gate: take the table away again; a switch that an operator has thrown stays.
DROP TABLE IF EXISTS consistency_gates;
