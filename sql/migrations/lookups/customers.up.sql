-- customers: an invisible, computed telephone number in full, so that spellings of one number meet in an index; the
-- stored one is never rewritten. A withheld number is none.
ALTER TABLE customers
ADD COLUMN consistency_phone VARCHAR(32) GENERATED ALWAYS AS (
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
) VIRTUAL INVISIBLE,
ADD INDEX consistency_phone_index (company_id, consistency_phone);
