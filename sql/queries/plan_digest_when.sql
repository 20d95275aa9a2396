-- plan_digest_when: what a plan said when its incident was opened, or approved.
SELECT digest
FROM consistency_events
WHERE
    kind = 'incident'
    AND subject_id = :incident_id
    AND state_to = :state
ORDER BY id DESC
LIMIT 1
