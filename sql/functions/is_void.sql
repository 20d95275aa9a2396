-- IS_VOID(status): statuses of an appointment that will not take place; a cancelled one had been booked.
SELECT (:status = 'cancelled' OR WAS_NEVER_BOOKED(:status))
