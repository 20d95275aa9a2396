-- history_size: how many rows automatic changes have touched since a time, to refuse a replay that would lock too many.
SELECT COUNT(DISTINCT table_name, entity_id) AS row_count
FROM consistency_corrections
WHERE applied_at >= :since
