-- channel_works: it lets messages through again.
DELETE FROM consistency_channels
WHERE name = :name
