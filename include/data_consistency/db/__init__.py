"""Everything that talks SQL: engine, facts, scans, ledger, corrections, queue, migrations."""
