-- page_of_items: open items of one kind in the order in which they press, from where the page before has ended. All but the
-- values that are shown is read from one index; the four ways to come after a place are four ranges of it.
SELECT
    q.id, q.company_id, q.entity_type, q.entity_id, q.reason, q.priority, q.status, q.kind, q.context, q.proposal, q.before_values,
    q.rule_fingerprint, q.fingerprint, q.assigned_to, q.snoozed_until, q.decision, q.decision_reason, q.decided_by,
    q.decision_run_id, q.reopened, q.created_at, q.due_at
FROM (
    SELECT id
    FROM manual_review_queue
    WHERE
        (
            (open_kind = :kind AND due_at = :due_at AND priority = :priority AND created_at = :created_at AND id > :item_id)
            OR (open_kind = :kind AND due_at = :due_at AND priority = :priority AND created_at > :created_at)
            OR (open_kind = :kind AND due_at = :due_at AND priority > :priority)
            OR (open_kind = :kind AND due_at > :due_at)
        )
        AND (:company_id IS NULL OR company_id = :company_id)
        AND (:all_companies OR company_id IN :companies)
        AND (:all_rules OR reason IN :rules)
        AND (:status IS NULL OR status = :status)
        AND (:assignee IS NULL OR assigned_to = :assignee)
        AND (:entity_id IS NULL OR entity_id = :entity_id)
        AND (:since_before IS NULL OR created_at <= :since_before)
        AND IF(:snoozed, snoozed_until > :now, snoozed_until IS NULL OR snoozed_until <= :now)
    ORDER BY open_kind, due_at, priority, created_at, id
    LIMIT :limit
) AS page
INNER JOIN manual_review_queue AS q ON page.id = q.id
ORDER BY q.due_at, q.priority, q.created_at, q.id
