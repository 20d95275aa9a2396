-- ARE_SEATS_OF_ONE(mine, other): whether two appointments are of guests who share one booking of the calendar; both are names of
-- rows of appointments. One search a key, as a choice of keys could use none.
SELECT
    (
        CASE
            WHEN NOT COALESCE(:other.company_id = :mine.company_id, 0) THEN 0
            ELSE EXISTS (
                SELECT 1
                FROM consistency_calcom_bookings AS seats_uid
                WHERE seats_uid.company_id = :mine.company_id
                  AND seats_uid.calcom_uid
                  = UID_OF(:mine.calcom_v2_booking_uid, :mine.calcom_v2_booking_id, :mine.calcom_booking_uid)
                  AND seats_uid.is_seated = 1
                  AND (
                      COALESCE(
                          seats_uid.calcom_uid
                          = UID_OF(:other.calcom_v2_booking_uid, :other.calcom_v2_booking_id, :other.calcom_booking_uid),
                          0
                      )
                      OR COALESCE(
                          seats_uid.calcom_id = NUMBER_OF(:other.calcom_booking_id, :other.calcom_v2_booking_id), 0
                      )
                  )
            )
            OR EXISTS (
                SELECT 1
                FROM consistency_calcom_bookings AS seats_number
                WHERE seats_number.company_id = :mine.company_id
                  AND seats_number.calcom_id = NUMBER_OF(:mine.calcom_booking_id, :mine.calcom_v2_booking_id)
                  AND seats_number.is_seated = 1
                  AND (
                      COALESCE(
                          seats_number.calcom_uid
                          = UID_OF(:other.calcom_v2_booking_uid, :other.calcom_v2_booking_id, :other.calcom_booking_uid),
                          0
                      )
                      OR COALESCE(
                          seats_number.calcom_id = NUMBER_OF(:other.calcom_booking_id, :other.calcom_v2_booking_id), 0
                      )
                  )
            )
        END
    )
