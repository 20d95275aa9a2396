-- ATTENDEE_OF(metadata): the name of whom an appointment is for, where it was noted, as NAME_KEY has it.
SELECT NAME_KEY(JSON_UNQUOTE(JSON_EXTRACT(DECODED_JSON(:metadata), '$.customer_name')))
