-- customers: an invisible, computed telephone number in full, so that spellings of one number meet in an index; the
-- stored one is never rewritten. A withheld number is none. Its letters are those of every source: a table's own character
-- set might lack one of them, and refuse the row.
ALTER TABLE customers
ADD COLUMN consistency_phone VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci GENERATED ALWAYS AS (
    E164(phone)
) VIRTUAL INVISIBLE;

ALTER TABLE customers
ADD INDEX consistency_phone_index (company_id, consistency_phone);
