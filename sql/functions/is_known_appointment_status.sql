-- IS_KNOWN_APPOINTMENT_STATUS(status): the words of the source, each in one spelling.
SELECT
    (:status IN (
        'pending', 'scheduled', 'confirmed', 'booked', 'accepted', 'in_progress', 'rescheduled', 'completed', 'cancelled',
        'rejected', 'failed', 'no_show', 'pending_calcom_confirmation'
    ))
