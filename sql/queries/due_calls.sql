-- due_calls: the next appointment to come of each call; what is wrong with it should be right by then.
SELECT
    c.id AS id,
    MIN(a.starts_at) AS due_at
FROM calls AS c
INNER JOIN appointments AS a ON a.call_id = c.id AND a.company_id = c.company_id
WHERE
    c.id IN :ids
    AND a.deleted_at IS NULL
    AND a.starts_at > :now
GROUP BY c.id
