-- insert_breaker_metrics: a batch of measured calls in one statement; how long ago each was, on the server's clock.
INSERT INTO circuit_breaker_metrics (service, company_id, status, state, duration_ms, created_at)
SELECT
    m.service,
    m.company_id,
    m.status,
    m.state,
    m.duration_ms,
    UTC_TIMESTAMP(6) - INTERVAL m.age_us MICROSECOND
FROM
    JSON_TABLE(
        :calls, '$[*]' COLUMNS (
            service VARCHAR(191) PATH '$.service',
            company_id BIGINT UNSIGNED PATH '$.company_id',
            status VARCHAR(10) PATH '$.status',
            state VARCHAR(10) PATH '$.state',
            duration_ms DECIMAL(10, 2) PATH '$.duration_ms',
            age_us BIGINT PATH '$.age_us'
        )
    ) AS m
