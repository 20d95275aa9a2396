-- answer_announcement: what was answered; what was done the first time stays, as a repeat does nothing more.
UPDATE consistency_announcements
SET
    action = IF(:action = 'none' AND verdict = :verdict, COALESCE(action, :action), :action),
    run_id = COALESCE(:run_id, IF(verdict = :verdict, run_id, NULL)),
    verdict = :verdict,
    updated_at = :now
WHERE
    company_id = :company_id
    AND idempotency_key = :idempotency_key
