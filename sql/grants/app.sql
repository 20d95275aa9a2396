-- app: the booking guard. It reads what the rules read, changes the booking columns of calls, and writes down what it did
-- and what it found when a provider said that something has happened.
-- `consistency grants app` fills in user and schema.
GRANT SELECT ON :place.* TO :account;

GRANT UPDATE (
    appointment_id, appointment_link_status, appointment_linked_at, appointment_made, booking_confirmed,
    booking_failed, booking_failure_reason, call_successful, consistency_changed_at, converted_appointment_id,
    converted_to_appointment, requires_manual_processing, session_outcome
) ON :place.calls TO :account;

GRANT INSERT, UPDATE ON :place.data_consistency_alerts TO :account;

GRANT INSERT, UPDATE ON :place.manual_review_queue TO :account;

GRANT INSERT ON :place.consistency_corrections TO :account;

GRANT INSERT ON :place.consistency_events TO :account;

GRANT INSERT ON :place.consistency_gate_uses TO :account;

GRANT INSERT, UPDATE ON :place.consistency_gates TO :account;

GRANT INSERT, UPDATE ON :place.consistency_booking_rechecks TO :account;

GRANT INSERT, UPDATE ON :place.consistency_announcements TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.consistency_hints TO :account;

GRANT INSERT, UPDATE ON :place.consistency_calcom_bookings TO :account;

GRANT INSERT, UPDATE ON :place.consistency_runs TO :account;

GRANT INSERT ON :place.consistency_rule_results TO :account;

GRANT INSERT, UPDATE ON :place.consistency_incidents TO :account;

GRANT INSERT, UPDATE ON :place.circuit_breaker_states TO :account;

GRANT INSERT ON :place.circuit_breaker_events TO :account;

GRANT INSERT ON :place.circuit_breaker_metrics TO :account;

GRANT INSERT ON :place.consistency_breaker_permits TO :account;

GRANT INSERT ON :place.consistency_trigger_probe TO :account;
