-- report_corrections: rows changed in the period, and changes taken back in it.
SELECT
    (
        SELECT COUNT(*)
        FROM consistency_corrections
        WHERE
            applied_at >= :start
            AND applied_at < :end
    ) AS applied,
    (
        SELECT COUNT(*)
        FROM consistency_undos
        WHERE
            undone_at >= :start
            AND undone_at < :end
    ) AS undone
