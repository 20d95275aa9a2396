-- report_corrections: rows changed in the period, and changes taken back in it.
SELECT
    COALESCE(SUM(applied_at >= :start AND applied_at < :end), 0) AS applied,
    COALESCE(SUM(undone_at >= :start AND undone_at < :end), 0) AS undone
FROM consistency_corrections
WHERE
    applied_at >= :start
    OR undone_at >= :start
