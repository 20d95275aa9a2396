-- customers: an invisible, computed telephone number in full, so that spellings of one number meet in an index; the
-- stored one is never rewritten. A withheld number is none. Its letters are those of every source: a table's own character
-- set might lack one of them, and refuse the row.
ALTER TABLE customers
ADD COLUMN consistency_phone VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci GENERATED ALWAYS AS (
    CASE
        WHEN phone IS NULL OR phone = '' OR phone LIKE 'anonymous%' THEN NULL
        WHEN LEFT(TRIM(phone), 2) = '00' THEN LEFT(CONCAT('+', SUBSTRING(
            REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '/', ''), '(', ''), ')', ''), '.', ''), 3
        )), 32)
        WHEN LEFT(TRIM(phone), 1) = '0' THEN LEFT(CONCAT('+49', SUBSTRING(
            REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '/', ''), '(', ''), ')', ''), '.', ''), 2
        )), 32)
        ELSE LEFT(
            REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '/', ''), '(', ''), ')', ''), '.', ''), 32
        )
    END
) VIRTUAL INVISIBLE;

ALTER TABLE customers
ADD INDEX consistency_phone_index (company_id, consistency_phone);
