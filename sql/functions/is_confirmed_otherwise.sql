-- IS_CONFIRMED_OTHERWISE(status, booking_status): whether one of an appointment and its booking waits for the confirmation that
-- the other has; both hold their time.
SELECT
    (
        CASE :booking_status
            WHEN 'pending' THEN :status IN ('confirmed', 'booked', 'accepted')
            WHEN 'accepted' THEN :status IN ('pending', 'pending_calcom_confirmation')
            ELSE 0
        END
    )
