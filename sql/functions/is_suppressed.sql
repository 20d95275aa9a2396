-- IS_SUPPRESSED(number): whether the caller withheld the number; placeholder phones of customers count as withheld.
SELECT
    (
        COALESCE(:number, '') COLLATE utf8mb4_bin = ''
        OR (
            :number NOT LIKE '+%'
            AND LOWER(:number) COLLATE utf8mb4_bin REGEXP
            '^\\s*((anonymous|unknown|blocked|private|withheld|unavailable)?\\s*$|anonymous_)'
        )
    )
