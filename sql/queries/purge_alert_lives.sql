-- purge_alert_lives: alerts whose last life ended long ago.
DELETE FROM consistency_alert_lives
WHERE
    opened_at IS NULL
    AND closed_at < :before
LIMIT :batch
