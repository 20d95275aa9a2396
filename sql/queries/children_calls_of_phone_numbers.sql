-- children_calls_of_phone_numbers: calls to a number of ours that changed, however they spell it.
-- follows: dialled, foreign_number, own_number
SELECT c.id
FROM phone_numbers AS x
INNER JOIN calls AS c ON x.number_normalized = E164(c.to_number)
WHERE x.id IN :keys
