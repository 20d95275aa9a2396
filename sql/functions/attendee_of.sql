-- ATTENDEE_OF(metadata): the name of whom an appointment is for, where it was noted; lower case.
SELECT LOWER(JSON_UNQUOTE(JSON_EXTRACT(DECODED_JSON(:metadata), '$.customer_name')))
