-- NAME_IS_NONE(name): empty, a fragment of talk, a placeholder, a number, a wish for staff: certainly no person's name.
SELECT
    (
        TRIM(COALESCE(:name, '')) = ''
        OR LOWER(:name) COLLATE utf8mb4_bin REGEXP
        '^\\s*(unbekannt:\\s*)?('
        '.?|.{50,}|[0-9 ()/+.\\-]+|[^@]*@.*|.*\\+49.*'
        '|(bei|beim|zu|zum|zur|mit)\\s.*|.*\\s(der|die|zu)'
        '|mir\\s+nicht|guten\\s+tag|guten\\s+morgen|hallo|ja|nein|gleich\\s+fertig|ja\\s+bitte|danke'
        '|anonymous|anonym|unbekannt|unbekannt\\s*#.*|unknown|gast|guest|kunde|customer|n/a|na|-'
        '|anonymer\\s+anrufer|neuer\\s+anrufer|terminassistent|assistent|assistentin|bot'
        '|(.*\\s)?(ich|mir|mich|nicht|gleich|fertig|guten|gern|gerne|h(ä|a\\x{308})tte|m(ö|o\\x{308})chte'
        '|w(ü|u\\x{308})rde|bitte|danke|ja|nein|also|genau|das|ein|eine|einen|termin|heute|morgen|uhr)(\\s.*)?'
        ')\\s*$'
    )
