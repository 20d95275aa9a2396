-- report_undone: changes that were taken back in the period.
SELECT COUNT(*) AS undone
FROM consistency_undos
WHERE
    undone_at >= :start
    AND undone_at < :end
