-- 0010_breaker_permits: drop them; a permit that is handed in again after that counts again.
DROP TABLE IF EXISTS consistency_breaker_permits;
