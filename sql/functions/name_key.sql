-- NAME_KEY(name): what two spellings of one name have in common: no title, single blanks, no sign at the end, lower case;
-- NULL for none. Marks that are not seen count as blanks.
SELECT
    NULLIF(
        REGEXP_REPLACE(
            REGEXP_REPLACE(
                REGEXP_REPLACE(LOWER(:name), '[\\s\\p{Cf}]+', ' '),
                '^ ?(unbekannt: ?)*((herr|frau|mr|mrs|ms|dr)[.]? )*', ''
            ),
            '[ .,!?]+$', ''
        ),
        ''
    )
