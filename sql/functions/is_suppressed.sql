-- IS_SUPPRESSED(number): whether the caller withheld the number: by a word, by the digits of its letters on a keypad, or in
-- an address; placeholder phones of customers count as withheld.
SELECT
    (
        COALESCE(:number, '') COLLATE utf8mb4_bin = ''
        OR IF(
            :number LIKE '+%',
            LEFT(:number, 4) IN ('+266', '+737', '+256', '+865', '+862', '+774', '+948')
            AND :number REGEXP '^[+](266696687|7378742833|2562533|8656696|86282452253|7748283|94844353)\\s*$',
            LOWER(:number) COLLATE utf8mb4_bin REGEXP
            '^\\s*(([^<+]*<)?(sips?:|tel:)?(anonymous|unknown|blocked|private|withheld|unavailable|restricted|anonym|unbekannt'
            '|private number|unknown number|no caller id|not available|unterdrückt)?(@[^>]*)?>?\\s*$'
            '|([+]|00)?(266696687|7378742833|2562533|8656696|86282452253|7748283|94844353)\\s*$|anonymous_)'
        )
    )
