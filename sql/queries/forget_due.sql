-- forget_due: open items whose appointment has long begun press no more than others; they keep their age.
UPDATE manual_review_queue
SET due_at = '9999-12-31 00:00:00'
WHERE
    open_kind IN (1, 2)
    AND due_at < :before
LIMIT :batch
