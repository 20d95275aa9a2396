-- 0026_gate_uses: drop it; the audit says the same at more cost.
DROP TABLE IF EXISTS consistency_gate_uses;
