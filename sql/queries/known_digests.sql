-- known_digests: of some digests of changes those that an event carries.
SELECT DISTINCT digest
FROM consistency_events
WHERE
    digest IN :digests
    AND kind = 'correction'
    AND state_to = 'applied'
