-- NAME_IS_DOUBTFUL(name): not shaped like one to five words in capitals with the particles of names, or an assistant's.
-- Letters of scripts that know no capitals count as capitals. Asked only of what is not certainly none.
SELECT
    (
        :name COLLATE utf8mb4_bin NOT REGEXP
        '^[\\s\\p{Cf}]*+((?i)unbekannt:[\\s\\p{Cf}]*+)*+(?=(\\S+\\s+){0,4}\\S+[\\s\\p{Cf}]*$)'
        '((von|van|vom|de|del|der|den|dem|dos|la|al|el|di|da|zu)\\s+)*+'
        '\\p{Cf}*[\\p{Lu}\\p{Lt}\\p{Lo}][\\p{L}\\p{M}\\p{Cf}.''’\\x{2010}\\x{2011}\\-]*'
        '(\\s+((von|van|vom|de|del|der|den|dem|dos|la|al|el|di|da|zu)'
        '|\\p{Cf}*[\\p{Lu}\\p{Lt}\\p{Lo}][\\p{L}\\p{M}\\p{Cf}.''’\\x{2010}\\x{2011}\\-]*))*[\\s\\p{Cf}]*$'
        OR NAME_IS_PERSONA(:name)
    )
