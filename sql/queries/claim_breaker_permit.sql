-- claim_breaker_permit: what became of a permit that changed something; said again, in any process, it changes nothing.
INSERT IGNORE INTO consistency_breaker_permits (permit, outcome, settled_at)
VALUES (:permit, :outcome, UTC_TIMESTAMP(6))
