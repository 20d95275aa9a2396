-- CALENDAR_WAS_READ(company_id, since): whether all that changed in the calendar of a company has been read since a time, and
-- its whole horizon in the 27 hours before (`conclude` says the same of all calendars together). A calendar that a program of
-- the operator's own reads is told by its heartbeats alone.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM consistency_calcom_readings AS changes
            INNER JOIN consistency_calcom_readings AS whole
                ON changes.company_id = whole.company_id AND whole.kind = 'horizon'
            WHERE changes.company_id = :company_id
              AND changes.kind = 'changes'
              AND changes.completed_at >= :since
              AND whole.completed_at >= :since - INTERVAL 27 HOUR
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_heartbeats AS told
            WHERE told.name = 'calcom'
              AND told.seen_at >= :since
              AND NOT EXISTS (
                  SELECT 1
                  FROM consistency_calcom_readings AS of_ours
                  WHERE of_ours.company_id = :company_id
              )
        )
    )
