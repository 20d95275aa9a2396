-- CALENDAR_WAS_READ(company_id, since): whether all that changed in the calendar of a company has been read since a time. A
-- calendar that a program of the operator's own reads is told by its heartbeats alone.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM consistency_calcom_readings AS changes
            WHERE changes.company_id = :company_id AND changes.kind = 'changes' AND changes.completed_at >= :since
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
