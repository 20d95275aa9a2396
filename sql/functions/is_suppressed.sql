-- IS_SUPPRESSED(number): whether the caller withheld the number: by a word, by the digits of its letters on a keypad, by zeros
-- alone, or in an address; what a program writes for nothing and placeholder phones of customers count as withheld.
-- A quote is \x27 there: MySQL keeps one within a text of a trigger otherwise than it was written.
SELECT
    (
        COALESCE(:number, '') COLLATE utf8mb4_bin = ''
        OR IF(
            :number LIKE '+%',
            (
                LEFT(:number, 4) IN ('+266', '+737', '+256', '+865', '+862', '+774', '+948')
                OR LEFT(:number, 2) = '+0'
                OR CHAR_LENGTH(:number) < 4
            )
            AND :number REGEXP '^[+](266696687|7378742833|2562533|8656696|86282452253|7748283|94844353|0*)\\s*$',
            LOWER(:number) COLLATE utf8mb4_bin REGEXP
            '^\\s*(([^<+]*<)?(sips?:|tel:)?["\\x27]?((anonymous|unknown|blocked|private|withheld|unavailable|restricted|anonym'
            '|unbekannt|hidden|no caller id|no number|not available|id unavailable|caller unknown|unterdrückt|unterdrueckt'
            '|nicht verfügbar|keine rufnummer|null|none|nil|nan|undefined|n/a|-)'
            '( (number|caller|call|nummer|rufnummer|anrufer))?)?["\\x27]?(@[^>]*|;[^>]*)?(>[^>]*)?\\s*$'
            '|(([+]|00)?(266696687|7378742833|2562533|8656696|86282452253|7748283|94844353)|[+]?0*)\\s*$|anonymous_)'
        )
    )
