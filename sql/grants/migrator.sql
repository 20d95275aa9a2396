-- migrator: `consistency migrate`, `rollback`, `triggers` and `mapping`; needed while they run and at no other time.
GRANT ALL PRIVILEGES ON :place.* TO :account;
