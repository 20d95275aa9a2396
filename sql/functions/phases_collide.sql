-- PHASES_COLLIDE(one, one_start, one_end, other, other_start, other_end): whether two appointments that overlap need the
-- same person at the same time. One with phases needs the person in those that say so, one without needs them throughout.
SELECT
    CASE
        WHEN NOT HAS_PHASES(:one)
            THEN NOT HAS_PHASES(:other)
                OR EXISTS (
                    SELECT 1
                    FROM appointment_phases AS p
                    WHERE p.appointment_id = :other
                      AND p.staff_required = 1
                      AND p.start_time < :one_end
                      AND p.end_time > :one_start
                )
        WHEN NOT HAS_PHASES(:other)
            THEN EXISTS (
                SELECT 1
                FROM appointment_phases AS p
                WHERE p.appointment_id = :one
                  AND p.staff_required = 1
                  AND p.start_time < :other_end
                  AND p.end_time > :other_start
            )
        ELSE EXISTS (
            SELECT 1
            FROM appointment_phases AS p
            INNER JOIN appointment_phases AS q
                ON q.appointment_id = :other
                AND q.staff_required = 1
                AND q.start_time < p.end_time
                AND q.end_time > p.start_time
            WHERE p.appointment_id = :one AND p.staff_required = 1
        )
    END
