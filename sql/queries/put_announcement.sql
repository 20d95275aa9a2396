-- put_announcement: an announcement with its key; told again, the first one stays. No time lies after its receipt.
INSERT INTO consistency_announcements (
    company_id, idempotency_key, call_id, request_hash, announced_at, received_at, updated_at
)
VALUES (:company_id, :idempotency_key, :call_id, :request_hash, LEAST(:announced_at, :now), :now, :now)
ON DUPLICATE KEY UPDATE
    received_at = consistency_announcements.received_at
