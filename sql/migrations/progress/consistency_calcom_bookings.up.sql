-- consistency_calcom_bookings: the way from an appointment that names no booking to what the calendar has at its time.
ALTER TABLE consistency_calcom_bookings
ADD INDEX consistency_calcom_bookings_start (company_id, starts_at);
