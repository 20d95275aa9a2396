-- delete_old_gate_uses: counts beyond the retention of what was counted.
DELETE FROM consistency_gate_uses
WHERE used_at < :before
