-- end_mute: it is over before its time.
UPDATE consistency_alert_mutes
SET ends_at = :now
WHERE
    id = :mute_id
    AND ends_at > :now
