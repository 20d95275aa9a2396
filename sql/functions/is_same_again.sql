-- IS_SAME_AGAIN(mine, other): whether two rows of a customer are one service at about one time.
SELECT
    (
        COALESCE(
            :other.service_id = :mine.service_id
            AND :other.starts_at BETWEEN :mine.starts_at - INTERVAL 5 MINUTE AND :mine.starts_at + INTERVAL 5 MINUTE,
            0
        )
    )
