-- IS_BOOKED_OUTCOME(outcome): the two words for one thing, of the system's and of the admin form's vocabulary.
SELECT (COALESCE(:outcome, '') IN ('appointment_booked', 'appointment_scheduled'))
