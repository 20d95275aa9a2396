-- WHO_IS_AT(mine, booked): a list of the appointments that stand in the way of moving mine to the time of a booking; mine is
-- the name of a row of appointments, booked of one of the mirror.
SELECT
    (
        SELECT CONCAT('[', COALESCE(GROUP_CONCAT(taking.id ORDER BY taking.id), ''), ']')
        FROM appointments AS taking
        WHERE taking.company_id = :mine.company_id
          AND taking.starts_at > :booked.starts_at - INTERVAL 31 DAY
          AND taking.starts_at < :booked.ends_at
          AND TAKES_TIME_OF(:mine, :booked.starts_at, :booked.ends_at, taking)
    )
