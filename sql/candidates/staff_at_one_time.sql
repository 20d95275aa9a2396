-- Appointments of one member of staff that overlap, phases and parts left to the facts. Of two that do, the one that begins
-- first ends after the next one has begun, and when the other begins, one is open already: beginnings and ends are counted
-- as they come, what ends at a moment before what begins then. What ends before it begins is named always.
-- A greatest end so far would say it in one walk, but MariaDB looks for it anew in every row.
-- table: appointments, facts: 287fe6eafb36c56f, condition: NOT staff_is_taken
SELECT w.id
FROM (
    SELECT
        a.id AS id,
        a.starts_at AS begins,
        a.ends_at AS ends,
        LEAD(a.starts_at) OVER (PARTITION BY a.staff_id ORDER BY a.starts_at, a.id) AS next_begins
    FROM appointments AS a
    WHERE a.deleted_at IS NULL
      AND a.staff_id IS NOT NULL
      AND a.starts_at IS NOT NULL
      AND IS_ACTIVE(a.status) IS NOT FALSE
) AS w
WHERE w.next_begins < w.ends OR w.ends <= w.begins
UNION ALL
SELECT o.id
FROM (
    SELECT
        e.id AS id,
        e.step AS step,
        SUM(e.step) OVER (PARTITION BY e.staff ORDER BY e.moment, e.step, e.id ROWS UNBOUNDED PRECEDING) AS are_open
    FROM (
        SELECT
            b.id AS id,
            b.staff_id AS staff,
            b.starts_at AS moment,
            1 AS step
        FROM appointments AS b
        WHERE b.ends_at > b.starts_at
          AND b.deleted_at IS NULL
          AND b.staff_id IS NOT NULL
          AND IS_ACTIVE(b.status) IS NOT FALSE
        UNION ALL
        SELECT
            d.id,
            d.staff_id,
            d.ends_at,
            -1
        FROM appointments AS d
        WHERE d.ends_at > d.starts_at
          AND d.deleted_at IS NULL
          AND d.staff_id IS NOT NULL
          AND IS_ACTIVE(d.status) IS NOT FALSE
    ) AS e
) AS o
WHERE o.step = 1 AND o.are_open > 1
