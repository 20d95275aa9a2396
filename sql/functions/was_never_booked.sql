-- WAS_NEVER_BOOKED(status): statuses of an appointment that never was a booking; a cancelled one had been.
SELECT (:status IN ('rejected', 'failed'))
