-- schema_state: a digest of everything in the catalogue that decides whether our schema is as it should be. Of equal digests the
-- tables, columns, indexes, views, triggers and settings are the same, as far as this account sees them.
SELECT
    said.part,
    CONCAT_WS(' ', COUNT(*), BIT_XOR(CAST(CONV(LEFT(said.digest, 16), 16, 10) AS UNSIGNED))) AS digest
FROM (
    SELECT
        'server' AS part,
        SHA2(CONCAT_WS('|', VERSION(), DATABASE(), CURRENT_USER(), @@SESSION.sql_mode), 256) AS digest
    UNION ALL
    SELECT
        'version',
        SHA2(m.version_num, 256)
    FROM consistency_migrations AS m
    UNION ALL
    SELECT
        'tables',
        SHA2(CONCAT_WS('|', t.table_name, t.table_type, COALESCE(t.engine, ''), COALESCE(t.table_collation, '')), 256)
    FROM information_schema.tables AS t
    WHERE t.table_schema = DATABASE()
    UNION ALL
    SELECT
        'columns',
        SHA2(CONCAT_WS(
            '|', c.table_name, c.column_name, c.column_type, c.is_nullable, COALESCE(c.column_default, 'none'),
            COALESCE(c.collation_name, ''), c.extra, COALESCE(c.generation_expression, ''), c.column_comment
        ), 256)
    FROM information_schema.columns AS c
    WHERE c.table_schema = DATABASE()
    UNION ALL
    SELECT
        'indexes',
        SHA2(CONCAT_WS(
            '|', s.table_name, s.index_name, s.non_unique, s.seq_in_index, COALESCE(s.column_name, 'expression'),
            COALESCE(s.sub_part, 'whole')
        ), 256)
    FROM information_schema.statistics AS s
    WHERE s.table_schema = DATABASE()
    UNION ALL
    SELECT
        'views',
        SHA2(CONCAT_WS('|', v.table_name, COALESCE(v.view_definition, ''), v.definer, v.security_type), 256)
    FROM information_schema.views AS v
    WHERE v.table_schema = DATABASE()
    UNION ALL
    SELECT
        'triggers',
        SHA2(CONCAT_WS(
            '|', g.trigger_name, g.event_object_table, g.event_manipulation, g.action_timing, g.action_order,
            g.action_statement, g.definer
        ), 256)
    FROM information_schema.triggers AS g
    WHERE g.trigger_schema = DATABASE()
    UNION ALL
    SELECT
        'settings',
        SHA2(CONCAT_WS('|', o.name, o.value), 256)
    FROM consistency_settings AS o
) AS said
GROUP BY said.part
ORDER BY said.part
