-- SEGMENTS_LAST(segments): minutes of the segments of a composite service, gaps between them included; NULL when no segment
-- says how long it is. What follows the last one does not count.
SELECT
    (
        SELECT
            SUM(COALESCE(piece.minutes, piece.duration))
            + SUM(IF(piece.place < JSON_LENGTH(DECODED_JSON(:segments)), COALESCE(piece.gap, 0), 0))
        FROM JSON_TABLE(
            DECODED_JSON(:segments),
            '$[*]' COLUMNS (
                place FOR ORDINALITY,
                minutes INT PATH '$.duration_minutes',
                duration INT PATH '$.duration',
                gap INT PATH '$.gap_minutes'
            )
        ) AS piece
    )
