"""Circuit breakers: pure policy, one row of the database that decides, and what a process keeps of it."""
