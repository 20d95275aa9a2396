-- E164(number): a number in full, so that spellings of one number are equal; NULL for what is none or cannot be told.
-- A leading zero means Germany; a number that begins with the code of Germany or of a neighbour lacks only its plus;
-- the zero that people write in brackets behind the code is not dialled. What stands for a withheld number is none.
SELECT
    CASE
        WHEN :number REGEXP '^[+](?!(49|43|41|33|31|32)0)(?!(266696687|7378742833|2562533|8656696|86282452253|7748283|94844353)$)[1-9][0-9]{6,14}$' THEN :number
        WHEN :number REGEXP '[0-9]' THEN NULLIF(
            REGEXP_SUBSTR(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            REGEXP_REPLACE(
                                REGEXP_REPLACE(REGEXP_REPLACE(:number, '[^0-9+\\p{L}]', ''), '^00', '+'), '^0', '+49'
                            ),
                            '^4(?=[139]0?[1-9][0-9]{8,12}$)', '+4'
                        ),
                        '^3(?=[123]0?[1-9][0-9]{8,12}$)', '+3'
                    ),
                    '(?<=^[+](49|43|41|33|31|32))0', ''
                ),
                '^[+](?!(49|43|41|33|31|32)0)(?!(266696687|7378742833|2562533|8656696|86282452253|7748283|94844353)$)[1-9][0-9]{6,14}$'
            ),
            ''
        )
    END
