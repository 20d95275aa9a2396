-- corrector: checks and corrections. It reads everything, changes the columns that corrections may change, and keeps our
-- own tables. `consistency grants corrector` fills in user and schema.
GRANT SELECT ON :place.* TO :account;

GRANT UPDATE (
    calcom_booking_id, calcom_sync_status, calcom_v2_booking_uid, call_id, consistency_changed_at,
    manual_review_flagged_at, requires_manual_review, rescheduled_at, status
) ON :place.appointments TO :account;

GRANT UPDATE (
    appointment_id, appointment_link_status, appointment_linked_at, appointment_made, booking_confirmed,
    booking_failed, booking_failure_reason, call_status, call_successful, consistency_changed_at,
    converted_appointment_id, converted_to_appointment, customer_id, customer_link_confidence,
    customer_link_method, customer_link_status, customer_linked_at, customer_name_verified, direction,
    disconnection_reason, duration_ms, duration_sec, phone_number_id, requires_manual_processing,
    session_outcome, status, verification_confidence, verification_method
) ON :place.calls TO :account;

GRANT UPDATE (
    consistency_changed_at, email
) ON :place.customers TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_booking_rechecks TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_breaker_permits TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_calcom_absences TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_calcom_bookings TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_calcom_readings TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_corrections TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_heartbeats TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_incidents TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_outbox TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_rule_results TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_runs TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_settings TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_watermarks TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.circuit_breaker_events TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.circuit_breaker_metrics TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.circuit_breaker_states TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.data_consistency_alerts TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.manual_review_queue TO :account;
