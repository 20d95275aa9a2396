-- IS_DIALABLE(number): whether something is a telephone number at all, and not the placeholder of a withheld one.
SELECT
    (
        COALESCE(:number, '') REGEXP '([0-9][^0-9]*){5}'
        AND :number NOT REGEXP '(?i)^\\s*anonymous_'
    )
