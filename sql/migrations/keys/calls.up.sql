-- calls: the ways from an appointment to the calls that name it, which it does not name itself.
ALTER TABLE calls
ADD INDEX consistency_appointment_index (appointment_id),
ADD INDEX consistency_converted_index (converted_appointment_id);
