-- changed_calls: calls to be read anew because of rows that no key ties to them, and claims that wait for their time.
-- follows: parked, item, session, twin
-- goes with: services
-- The item about a failed booking ends its finding, which is read each time. A placeholder is read again for an hour: its
-- real call comes later; then it is wrong by itself and read each time.
SELECT p.entity_id
FROM data_consistency_alerts AS p
WHERE
    p.alert_type = 'booking_claim_parked'
    AND p.status = 'parked'
UNION ALL
SELECT c.id
FROM retell_call_sessions AS s
INNER JOIN calls AS c ON s.call_id = c.retell_call_id
WHERE s.consistency_changed_at >= :since
UNION ALL
SELECT c.id
FROM customers AS x
INNER JOIN customers AS customer ON x.company_id = customer.company_id AND x.phone = customer.phone
INNER JOIN calls AS c ON customer.id = c.customer_id
WHERE x.consistency_changed_at >= :since
UNION ALL
SELECT c.id
FROM calls AS c
WHERE
    IS_PLACEHOLDER_CALL_ID(c.retell_call_id)
    AND c.consistency_changed_at >= :since - INTERVAL 1 HOUR
