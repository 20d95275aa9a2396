-- insert_alert_event: something happened to an alert; told once and for good.
INSERT INTO consistency_alert_events (alert_id, occurred_at, what, row_count, actor, detail)
VALUES (:alert_id, :now, :what, :row_count, :actor, :detail)
