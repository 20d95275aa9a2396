-- events_of_runs: all that happened in some runs, in the order of each chain.
SELECT
    id, run_id, occurred_at, actor, kind, subject_id, rule, rule_fingerprint, entity_type, entity_id, company_id,
    state_from, state_to, detail, digest, previous, links, hash
FROM consistency_events
WHERE run_id IN :names
ORDER BY run_id, id
