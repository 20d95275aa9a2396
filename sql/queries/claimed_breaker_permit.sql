-- claimed_breaker_permit: what was said of a permit by whoever was first.
SELECT p.outcome
FROM consistency_breaker_permits AS p
WHERE p.permit = :permit
