-- E164(number): a number in full, so that spellings of one number are equal; NULL for what is none or cannot be told.
-- A leading zero means Germany; a number that begins with the code of Germany or of a neighbour lacks only its plus;
-- the zero that people write in brackets behind the code is not dialled.
SELECT
    CASE
        WHEN :number REGEXP '^[+](?!(49|43|41|33|31|32)0)[1-9][0-9]{6,14}$' THEN :number
        WHEN :number REGEXP '[0-9]' THEN NULLIF(
            REGEXP_SUBSTR(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            REGEXP_REPLACE(
                                REGEXP_REPLACE(REGEXP_REPLACE(:number, '[^0-9+\\p{L}]', ''), '^00', '+'), '^0', '+49'
                            ),
                            '^4(?=[139][1-9][0-9]{8,12}$)', '+4'
                        ),
                        '^3(?=[123][1-9][0-9]{8,12}$)', '+3'
                    ),
                    '(?<=^[+](49|43|41|33|31|32))0', ''
                ),
                '^[+](?!(49|43|41|33|31|32)0)[1-9][0-9]{6,14}$'
            ),
            ''
        )
    END
