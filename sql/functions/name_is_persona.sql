-- NAME_IS_PERSONA(name): a first name that the voice agent goes by; customers may be called the same.
SELECT
    (
        LOWER(:name) COLLATE utf8mb4_bin REGEXP
        '^[\\s\\p{Cf}]*+(unbekannt:[\\s\\p{Cf}]*+)*+'
        '(tina|lisa|anna|maria|sophie|julia|emma|max|tom|paul|felix|leon|lukas|jonas)[\\s.,!?\\p{Cf}]*$'
    )
