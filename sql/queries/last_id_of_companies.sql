-- last_id_of_companies: where the ids of the table end now, so that a backfill can be cut into ranges.
SELECT MAX(id) AS last_id
FROM companies;
