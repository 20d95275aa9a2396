-- read_marker: what this schema was declared to be.
SELECT environment
FROM consistency_marker
WHERE id = 1
