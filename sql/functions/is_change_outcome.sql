-- IS_CHANGE_OUTCOME(outcome): the call moved or cancelled an appointment that had been booked before.
SELECT (COALESCE(:outcome, '') IN ('appointment_cancelled', 'appointment_rescheduled'))
