-- keep_alert: what is known of an alert now.
UPDATE consistency_alert_lives
SET
    opened_at = :opened_at,
    severity = :severity,
    row_count = :row_count,
    quiet_since = :quiet_since,
    closed_at = :closed_at,
    last_opened_at = :last_opened_at,
    returns = :returns,
    told_at = :told_at,
    known_at = :known_at,
    known_rows = :known_rows,
    known_severity = :known_severity,
    renewals = :renewals,
    acknowledged_at = :acknowledged_at,
    acknowledged_by = :acknowledged_by,
    snoozed_until = :snoozed_until,
    escalated_at = :escalated_at,
    thread = :thread,
    subject = :subject,
    places = :places,
    updated_at = :now
WHERE id = :alert_id
