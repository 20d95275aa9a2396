-- insert_note: what a person writes beside an item.
INSERT INTO consistency_notes (item_id, written_at, written_by, note)
VALUES (:item_id, :now, :actor, :note)
