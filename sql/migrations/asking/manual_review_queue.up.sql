-- manual_review_queue: the open items of a rule in the order in which they press, of a row, and of a person, without reading
-- those of others. What a filter names comes first: no list without that filter is tempted to use them.
ALTER TABLE manual_review_queue
ADD KEY manual_review_queue_rule (
    reason, open_kind, due_at, priority, created_at, id, company_id, status, assigned_to, snoozed_until, entity_id
),
ADD KEY manual_review_queue_row (entity_id, open_kind),
ADD KEY manual_review_queue_assignee (assigned_to, open_kind);
