-- Facts of companies: how a tenant's calls and findings go as a whole, one row per company that is not deleted.
-- entity: company, id: t.id, company: t.id
-- Each fact is one derived table over a bounded time or over open findings, grouped once, never one search per company.
SELECT
    t.id AS id,
    t.id AS company_id,
    COALESCE(t.updated_at, t.created_at) AS row_changed_at,
    t.is_active = 1 AS is_active,
    COALESCE(recent.calls, 0) AS recent_calls,
    -- The least of the same two hours, by the clocks of the business, in each of the last four weeks; a week without calls
    -- counts as none.
    IF(usual.weeks = 4, usual.least, 0) AS usual_calls,
    COALESCE(failed.bookings, 0) AS failed_bookings,
    COALESCE(recent.newest, 0) AS newest_calls,
    COALESCE(waiting.pending_syncs, 0) AS pending_syncs,
    COALESCE(waiting.flagged, 0) AS flagged_appointments,
    COALESCE(waiting.without_phases, 0) AS appointments_without_phases
FROM companies AS t
LEFT JOIN (
    SELECT
        c.company_id AS company_id,
        COUNT(*) AS calls,
        SUM(c.created_at > :now - INTERVAL 5 MINUTE) AS newest
    -- The index has the company first: each is asked for each slot, and nobody's other calls are read.
    FROM (SELECT SLOT(:now) AS slot UNION ALL SELECT SLOT(:now) - 1) AS s
    CROSS JOIN companies AS own
    INNER JOIN calls AS c ON c.company_id = own.id AND c.consistency_slot = s.slot
    WHERE c.created_at > :now - INTERVAL 2 HOUR
      AND c.created_at <= :now
      AND c.deleted_at IS NULL
    GROUP BY c.company_id
) AS recent ON recent.company_id = t.id
LEFT JOIN (
    SELECT
        week.company_id AS company_id,
        COUNT(*) AS weeks,
        MIN(week.calls) AS least
    FROM (
        SELECT
            c.company_id AS company_id,
            w.week AS week,
            COUNT(*) AS calls
        FROM (
            SELECT 1 AS week, SLOT(:week_1) AS slot, CAST(:week_1 AS DATETIME(6)) AS until
            UNION ALL SELECT 1, SLOT(:week_1) - 1, CAST(:week_1 AS DATETIME(6))
            UNION ALL SELECT 2, SLOT(:week_2), CAST(:week_2 AS DATETIME(6))
            UNION ALL SELECT 2, SLOT(:week_2) - 1, CAST(:week_2 AS DATETIME(6))
            UNION ALL SELECT 3, SLOT(:week_3), CAST(:week_3 AS DATETIME(6))
            UNION ALL SELECT 3, SLOT(:week_3) - 1, CAST(:week_3 AS DATETIME(6))
            UNION ALL SELECT 4, SLOT(:week_4), CAST(:week_4 AS DATETIME(6))
            UNION ALL SELECT 4, SLOT(:week_4) - 1, CAST(:week_4 AS DATETIME(6))
        ) AS w
        CROSS JOIN companies AS own
        INNER JOIN calls AS c ON c.company_id = own.id AND c.consistency_slot = w.slot
        WHERE c.created_at > w.until - INTERVAL 2 HOUR
          AND c.created_at <= w.until
          AND c.deleted_at IS NULL
        GROUP BY c.company_id, w.week
    ) AS week
    GROUP BY week.company_id
) AS usual ON usual.company_id = t.id
LEFT JOIN (
    SELECT
        session.company_id AS company_id,
        COUNT(*) AS bookings
    FROM retell_error_log AS e
    INNER JOIN retell_call_sessions AS session ON session.id = e.call_session_id
    WHERE e.occurred_at > :now - INTERVAL 5 MINUTE AND e.occurred_at <= :now AND e.booking_failed = 1
    GROUP BY session.company_id
) AS failed ON failed.company_id = t.id
LEFT JOIN (
    SELECT
        f.company_id AS company_id,
        SUM(f.alert_type = 'appointment_is_synced_within_an_hour') AS pending_syncs,
        SUM(f.alert_type = 'flagged_appointment_is_reviewed') AS flagged,
        SUM(f.alert_type = 'phased_appointment_has_phases') AS without_phases
    FROM data_consistency_alerts AS f
    WHERE f.alert_type IN (
        'appointment_is_synced_within_an_hour', 'flagged_appointment_is_reviewed', 'phased_appointment_has_phases'
    )
      AND f.status IN ('open', 'in_review')
    GROUP BY f.company_id
) AS waiting ON waiting.company_id = t.id
WHERE /* scope */ t.deleted_at IS NULL
