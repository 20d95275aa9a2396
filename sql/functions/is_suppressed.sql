-- IS_SUPPRESSED(number): whether the caller withheld the number; placeholder phones of customers count as withheld.
SELECT
    (
        TRIM(COALESCE(:number, '')) IN ('', 'anonymous', 'unknown', 'blocked', 'private', 'withheld', 'unavailable')
        OR :number LIKE 'anonymous\_%'
    )
