-- IS_KNOWN_OUTCOME(outcome): system vocabulary, admin form vocabulary and the outcome of a rollback.
SELECT
    (:outcome IN (
        'appointment_booked', 'appointment_rescheduled', 'appointment_cancelled', 'information_only',
        'callback_requested', 'transferred', 'voicemail', 'abandoned', 'technical_issue', 'spam', 'other',
        'appointment_scheduled', 'information_provided', 'complaint_registered', 'no_interest', 'creation_failed'
    ))
