-- definer: the account that the triggers act as. Nobody signs in as it, and it stays when those who migrated are gone: without
-- it every write to calls and appointments would fail. It may do what the triggers do, and no more.
-- `consistency grants definer` fills in user and schema. An administrator runs it before `consistency migrate`.
CREATE USER IF NOT EXISTS :account ACCOUNT LOCK;

GRANT SELECT, TRIGGER ON :place.calls TO :account;

GRANT UPDATE (:trigger_columns) ON :place.calls TO :account;

GRANT SELECT, TRIGGER ON :place.appointments TO :account;

GRANT SELECT (id, company_id, phone, deleted_at), TRIGGER ON :place.customers TO :account;

-- These tables may come later; the right to create them is what allows to grant on what is not there yet, and goes at once.
GRANT CREATE, SELECT ON :place.consistency_settings TO :account;

REVOKE CREATE ON :place.consistency_settings FROM :account;

GRANT CREATE, SELECT, INSERT, UPDATE ON :place.data_consistency_alerts TO :account;

REVOKE CREATE ON :place.data_consistency_alerts FROM :account;

GRANT CREATE, SELECT, UPDATE, TRIGGER ON :place.consistency_trigger_probe TO :account;

REVOKE CREATE ON :place.consistency_trigger_probe FROM :account;

GRANT CREATE, SELECT ON :place.phone_numbers TO :account;

REVOKE CREATE ON :place.phone_numbers FROM :account;

GRANT CREATE, INSERT ON :place.consistency_touched TO :account;

REVOKE CREATE ON :place.consistency_touched FROM :account;

GRANT CREATE, SELECT ON :place.consistency_calcom_bookings TO :account;

REVOKE CREATE ON :place.consistency_calcom_bookings FROM :account;

GRANT CREATE, SELECT, TRIGGER ON :place.appointment_modifications TO :account;

REVOKE CREATE ON :place.appointment_modifications FROM :account;

GRANT CREATE, SELECT, TRIGGER ON :place.appointment_phases TO :account;

REVOKE CREATE ON :place.appointment_phases FROM :account;
