-- IS_BOOKED_IN_CALENDAR(status): statuses of a booking that holds its time in the calendar.
SELECT (:status IN ('accepted', 'pending'))
