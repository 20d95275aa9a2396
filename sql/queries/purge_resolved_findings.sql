-- purge_resolved_findings: settled findings beyond their retention.
DELETE FROM data_consistency_alerts
WHERE
    status IN ('resolved', 'corrected', 'accepted', 'dismissed')
    AND updated_at < :before
LIMIT :batch
