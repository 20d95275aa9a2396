-- IS_DIALABLE(number): whether something is a telephone number at all, and not what stands for a withheld one.
SELECT
    (
        COALESCE(:number, '') REGEXP '([0-9][^0-9]*){5}'
        AND NOT IS_SUPPRESSED(:number)
    )
