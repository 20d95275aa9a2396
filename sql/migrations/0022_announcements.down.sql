-- 0022_announcements: drop them; a repeat is a new announcement then.
DROP TABLE IF EXISTS consistency_announcements;
