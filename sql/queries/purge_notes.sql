-- purge_notes: what people wrote beside items that are gone.
DELETE FROM consistency_notes
WHERE NOT EXISTS (
    SELECT 1
    FROM manual_review_queue AS q
    WHERE q.id = consistency_notes.item_id
)
LIMIT :batch
