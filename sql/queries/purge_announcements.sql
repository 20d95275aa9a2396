-- purge_announcements: announcements that nobody repeats any more.
DELETE FROM consistency_announcements
WHERE updated_at < :before
LIMIT :batch
