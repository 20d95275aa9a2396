-- DIRECTION_BY_NUMBERS(company, from_number, to_number): outbound where the company's own number called another one's, else inbound.
SELECT
    IF(
        :from_number REGEXP '[0-9]{5}',
        (
            SELECT
                IF(
                    COALESCE(MAX(COALESCE(ours.number_normalized, ours.number) COLLATE utf8mb4_bin = E164(:from_number) COLLATE utf8mb4_bin), 0)
                    AND NOT COALESCE(MAX(COALESCE(ours.number_normalized, ours.number) COLLATE utf8mb4_bin = E164(:to_number) COLLATE utf8mb4_bin), 0),
                    'outbound',
                    'inbound'
                )
            FROM phone_numbers AS ours
            WHERE ours.company_id = :company
        ),
        'inbound'
    )
