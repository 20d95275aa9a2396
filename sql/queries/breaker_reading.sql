-- breaker_reading: what a process keeps of a breaker, and microseconds to the next probe by the server's clock. A time
-- that lies further ahead than it can was stored before the clock was set back, and is over. Settings that operators gave
-- to the service or the company come along; of a breaker that nobody has used nothing else is known.
SELECT
    b.current_state,
    b.mode,
    b.generation,
    b.failure_count,
    b.lease_until,
    CASE
        WHEN b.current_state = 'open' AND b.opened_at <= UTC_TIMESTAMP(6)
            THEN GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), b.opened_at) + COOL_DOWN_US(b.reopenings), 0)
        WHEN
            b.current_state = 'half_open' AND b.probes_running >= :probes
            AND b.lease_until <= UTC_TIMESTAMP(6) + INTERVAL :lease_us MICROSECOND
            THEN GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), b.lease_until), 0)
        ELSE 0
    END AS wait_us,
    JSON_EXTRACT(b.metadata, '$.settings') AS own_settings,
    JSON_EXTRACT(c.metadata, '$.settings') AS company_settings,
    JSON_EXTRACT(s.metadata, '$.settings') AS service_settings
FROM (SELECT 1 AS one) AS anchor
LEFT JOIN circuit_breaker_states AS b ON b.service_key = :service_key
LEFT JOIN circuit_breaker_states AS c ON c.service_key = :company_key
LEFT JOIN circuit_breaker_states AS s ON s.service_key = :default_key
