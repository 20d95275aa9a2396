-- 0001_own_tables: take our tables away again.
DROP TABLE IF EXISTS circuit_breaker_metrics;
DROP TABLE IF EXISTS circuit_breaker_events;
DROP TABLE IF EXISTS circuit_breaker_states;
DROP TABLE IF EXISTS consistency_heartbeats;
DROP TABLE IF EXISTS consistency_outbox;
DROP TABLE IF EXISTS consistency_watermarks;
DROP TABLE IF EXISTS consistency_incidents;
DROP TABLE IF EXISTS consistency_corrections;
DROP TABLE IF EXISTS manual_review_queue;
DROP TABLE IF EXISTS data_consistency_alerts;
DROP TABLE IF EXISTS consistency_rule_results;
DROP TABLE IF EXISTS consistency_runs;
DROP TABLE IF EXISTS consistency_settings;
