-- NAME_IS_DOUBTFUL(name): not shaped like one to five words in capitals with the particles of names, or an assistant's.
SELECT
    (
        :name COLLATE utf8mb4_bin NOT REGEXP
        '^\\s*([Uu]nbekannt:\\s*)?((von|van|vom|de|der|den|dem|al|el|di|da|zu)\\s+){0,2}'
        '\\p{Lu}[\\p{L}\\p{M}.''’\\-]*'
        '(\\s+((von|van|vom|de|der|den|dem|al|el|di|da|zu)|\\p{Lu}[\\p{L}\\p{M}.''’\\-]*)){0,4}\\s*$'
        OR NAME_IS_PERSONA(:name)
    )
