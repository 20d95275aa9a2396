-- purge_breaker_permits: permits that nobody can hand in any more.
DELETE FROM consistency_breaker_permits
WHERE settled_at < :before
LIMIT :batch
