-- breaker_reading: what a process keeps of a breaker, and microseconds to the next probe by the server's clock. A time
-- that lies further ahead than it can was stored before the clock was set back, and is over.
SELECT
    b.current_state,
    b.mode,
    b.generation,
    b.failure_count,
    CASE
        WHEN b.current_state = 'open' AND b.opened_at <= UTC_TIMESTAMP(6)
            THEN GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), b.opened_at) + COOL_DOWN_US(b.reopenings), 0)
        WHEN
            b.current_state = 'half_open' AND b.probes_running >= :probes
            AND b.lease_until <= UTC_TIMESTAMP(6) + INTERVAL :lease_us MICROSECOND
            THEN GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), b.lease_until), 0)
        ELSE 0
    END AS wait_us
FROM circuit_breaker_states AS b
WHERE b.service_key = :service_key
