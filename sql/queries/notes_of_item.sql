-- notes_of_item: what people wrote beside an item, oldest first.
SELECT
    written_at,
    written_by,
    note
FROM consistency_notes
WHERE item_id = :item_id
ORDER BY id
