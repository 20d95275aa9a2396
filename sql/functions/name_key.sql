-- NAME_KEY(name): what two spellings of one name have in common: no title, single blanks, no sign at the end, lower case, umlauts
-- and sharp s in two letters, no hyphen; NULL for none. Marks that are not seen count as blanks. `identity.name_key` says the same.
-- Other accents are not told apart where two are compared.
SELECT
    NULLIF(
        TRIM(
            REGEXP_REPLACE(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            REGEXP_REPLACE(
                                REGEXP_REPLACE(
                                    REGEXP_REPLACE(
                                        LOWER(:name) COLLATE utf8mb4_bin,
                                        '[\\s\\p{Cf}\\-\\x{2010}\\x{2011}]+', ' '
                                    ),
                                    'ä|a\\x{308}', 'ae'
                                ),
                                'ö|o\\x{308}', 'oe'
                            ),
                            'ü|u\\x{308}', 'ue'
                        ),
                        'ß', 'ss'
                    ),
                    '^ ?(unbekannt: ?)*((herrn?|frau|fraeulein|mr|mrs|ms|dr|prof|professor|doktor|dipl|ing|med|jur|mag)([.] ?| |$))*',
                    ''
                ),
                '[ .,!?]+$', ''
            )
        ),
        ''
    ) COLLATE utf8mb4_unicode_ci
