-- Calls whose number is not one of ours in their company; the few numbers that are ours are asked for once. A call that
-- names no number is judged by the one that was dialled; with neither there is nothing to judge.
-- table: calls, facts: 6f4967360c34b0b6, condition: number_is_of_company
SELECT c.id
FROM calls AS c
WHERE c.deleted_at IS NULL
  AND ((c.phone_number_id, c.company_id) IN (SELECT n.id, n.company_id FROM phone_numbers AS n)) IS NOT TRUE
  AND (c.phone_number_id IS NULL AND c.company_id IS NOT NULL AND COALESCE(c.to_number, '') = '') IS NOT TRUE
