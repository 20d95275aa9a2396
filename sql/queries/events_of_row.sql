-- events_of_row: what happened to a row and to what people are asked about it, newest first.
SELECT
    occurred_at,
    actor,
    kind,
    rule,
    state_from,
    state_to,
    run_id,
    detail
FROM consistency_events
WHERE
    entity_type = :entity
    AND entity_id = :entity_id
    AND (:company_id IS NULL OR company_id IS NULL OR company_id = :company_id)
ORDER BY id DESC
LIMIT :limit
