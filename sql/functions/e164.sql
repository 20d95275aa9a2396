-- E164(number): a number in full, with German numbers by default, so that spellings of one number are equal.
SELECT REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(:number, '[^0-9+]', ''), '^00', '+'), '^0', '+49')
