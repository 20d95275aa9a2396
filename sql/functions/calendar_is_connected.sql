-- CALENDAR_IS_CONNECTED(company_id): whether somebody reads the calendar of a company, or has read it. Another company's
-- calendar says nothing of this one's bookings.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM consistency_calcom_readings AS tried
            WHERE tried.company_id = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_heartbeats AS heard
            WHERE heard.name = CONVERT(CONCAT('calcom:', :company_id) USING utf8mb4) COLLATE utf8mb4_bin
        )
    )
