-- JUDGE_DIRECTION(): two spellings of the same word become one; none at all is what the numbers say. Any other word stays,
-- and the rule asks a person about it. Where the numbers cannot be read, a call came in.
IF LOWER(TRIM(NEW.direction)) IN ('inbound', 'outbound') THEN
    SET NEW.direction = LOWER(TRIM(NEW.direction));
ELSEIF TRIM(COALESCE(NEW.direction, '')) = '' THEN
    SET NEW.direction = 'inbound';
    SET NEW.direction = DIRECTION_BY_NUMBERS(NEW.company_id, NEW.from_number, NEW.to_number);
END IF;
