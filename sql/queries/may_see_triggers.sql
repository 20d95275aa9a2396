-- may_see_triggers: whether this account may see triggers here; a right that it has by a role is not told by every server.
SELECT
    EXISTS (
        SELECT 1
        FROM information_schema.user_privileges AS r
        WHERE
            r.privilege_type = 'TRIGGER'
            AND r.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')
    )
    OR EXISTS (
        SELECT 1
        FROM information_schema.schema_privileges AS r
        WHERE
            r.privilege_type = 'TRIGGER'
            AND DATABASE() LIKE r.table_schema
            AND r.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')
    ) AS may_see
