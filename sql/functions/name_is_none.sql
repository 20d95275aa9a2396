-- NAME_IS_NONE(name): empty, a fragment of talk, a placeholder, a number, a wish for staff: certainly no person's name.
-- "Unbekannt: X" is judged as X. Umlauts may be written in two characters; marks and unseen characters do not count,
-- and several blanks count as one. Words of talk are no name anywhere; particles of names are none at the end.
SELECT
    (
        :name IS NULL
        OR INSTR(:name COLLATE utf8mb4_bin, '@') > 0
        OR INSTR(:name COLLATE utf8mb4_bin, '+49') > 0
        OR LOWER(:name) COLLATE utf8mb4_bin REGEXP
        '^[\\s\\p{Cf}]*+(unbekannt:[\\s\\p{Cf}]*+)*+('
        '(\\P{L}*|[\\p{M}\\p{Cf}]*+\\p{L}[\\p{M}\\p{Cf}]*+[\\s\\p{Cf}]*)$'
        '|(bei|beim|zu|zum|zur|mit)\\s(?![\\s\\p{Cf}]*$)'
        '|(mir\\s+nicht|guten\\s+tag|guten\\s+morgen|hallo|ja|nein|gleich\\s+fertig|ja\\s+bitte|danke'
        '|anonymous|anonym|unbekannt|unknown|gast|guest|kunde|customer|n/a|na'
        '|anonymer\\s+anrufer|neuer\\s+anrufer|terminassistent|assistent|assistentin|bot)[\\s.,!?\\p{Cf}]*$'
        '|unbekannt\\s*#'
        '|([^\\s.,!?]*+[\\s.,!?]++)*?'
        '((ich|mir|mich|nicht|gleich|fertig|guten|gern|gerne|h(ä|a\\x{308})tte|m(ö|o\\x{308})chte|w(ü|u\\x{308})rde'
        '|bitte|danke|ja|nein|also|genau|das|ein|eine|einen|termin|heute|morgen|uhr)([\\s.,!?]|[\\s.,!?\\p{Cf}]*$)'
        '|(der|die|zu)[\\s.,!?\\p{Cf}]*$)'
        ')'
        OR (
            CHAR_LENGTH(:name) >= 50
            AND LOWER(:name) COLLATE utf8mb4_bin REGEXP
            '^[\\s\\p{Cf}]*+(unbekannt:[\\s\\p{Cf}]*+)*+[\\p{M}\\p{Cf}]*+'
            '((\\s++(?![\\s\\p{Cf}]*$)|[^\\s\\p{M}\\p{Cf}])[\\p{M}\\p{Cf}]*+){50}'
        )
    )
