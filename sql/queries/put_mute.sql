-- put_mute: from when until when nothing is told of a rule, a company, or anything.
INSERT INTO consistency_alert_mutes (rule, company_id, starts_at, ends_at, reason, created_at, created_by)
VALUES (:rule, :company_id, :starts_at, :ends_at, :reason, :now, :actor)
