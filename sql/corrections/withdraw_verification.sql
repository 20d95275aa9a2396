-- withdraw_verification: nobody is verified by a number that was withheld.
-- table: calls
-- columns: customer_name_verified, verification_confidence, verification_method
SELECT
    c.id AS id,
    0 AS customer_name_verified,
    0 AS verification_confidence,
    'anonymous_name' AS verification_method,
    'number_withheld' AS evidence,
    IF(IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number)), NULL, 'number_is_visible') AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
WHERE c.id IN :ids
