-- count_items_of_findings: how often each finding has been before a person.
SELECT
    fingerprint,
    COUNT(*) AS items,
    SUM(status IN ('pending', 'in_progress')) AS open_items
FROM manual_review_queue
WHERE fingerprint IN :fingerprints
GROUP BY fingerprint
