-- consistency_trigger_probe_report: what triggers there are, and what their account may not do. Each statement asks for a right
-- that the triggers need, and changes nothing.
CREATE TRIGGER consistency_trigger_probe_report
BEFORE INSERT ON consistency_trigger_probe
FOR EACH ROW
BEGIN
    DECLARE words TEXT;
    DECLARE code INT;
    DECLARE seen BIGINT;
    DECLARE refused TEXT DEFAULT '';
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION
    BEGIN
        GET DIAGNOSTICS CONDITION 1 words = MESSAGE_TEXT, code = MYSQL_ERRNO;
        IF code IN (1044, 1142, 1143) THEN
            SET refused = CONCAT(refused, words, '; ');
        END IF;
    END;
    SELECT COUNT(c.id) INTO seen FROM calls AS c WHERE FALSE;
    SELECT COUNT(a.call_id) INTO seen FROM appointments AS a WHERE FALSE;
    SELECT COUNT(CONCAT(u.id, u.company_id, u.phone, u.deleted_at)) INTO seen FROM customers AS u WHERE FALSE;
    SELECT COUNT(CONCAT(p.company_id, p.number, p.number_normalized)) INTO seen FROM phone_numbers AS p WHERE FALSE;
    SELECT COUNT(s.value) INTO seen FROM consistency_settings AS s WHERE FALSE;
    SELECT COUNT(CONCAT(b.id, b.company_id, b.calcom_id, b.calcom_uid)) INTO seen
    FROM consistency_calcom_bookings AS b
    WHERE FALSE;
    UPDATE calls SET :trigger_columns WHERE FALSE;
    UPDATE data_consistency_alerts SET status = status WHERE FALSE;
    INSERT INTO data_consistency_alerts (id) SELECT d.id FROM data_consistency_alerts AS d WHERE FALSE;
    INSERT INTO consistency_touched (table_name, touched_at)
    SELECT s.name, s.updated_at
    FROM consistency_settings AS s
    WHERE FALSE;
    SELECT
        CONCAT(refused, COALESCE(GROUP_CONCAT(CONCAT('TRIGGER command denied for table ''', t.name, '''; ') SEPARATOR ''), ''))
    INTO refused
    FROM (SELECT 'calls' AS name UNION ALL SELECT 'appointments' UNION ALL SELECT 'customers') AS t
    WHERE NOT EXISTS (
        SELECT 1
        FROM information_schema.table_privileges AS r
        WHERE r.table_schema = DATABASE() AND r.table_name = t.name AND r.privilege_type = 'TRIGGER'
    )
      AND NOT EXISTS (
          SELECT 1
          FROM information_schema.schema_privileges AS r
          WHERE DATABASE() LIKE r.table_schema AND r.privilege_type = 'TRIGGER'
      )
      AND NOT EXISTS (
          SELECT 1
          FROM information_schema.user_privileges AS r
          WHERE r.privilege_type = 'TRIGGER'
            AND r.grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')
      );
    SET NEW.refused = refused;
    SET NEW.triggers = (
        SELECT JSON_ARRAYAGG(JSON_OBJECT(
            'name', t.trigger_name, 'body', t.action_statement, 'position', t.action_order, 'definer', t.definer,
            'table', t.event_object_table, 'timing', t.action_timing, 'event', t.event_manipulation
        ))
        FROM information_schema.triggers AS t
        WHERE t.trigger_schema = DATABASE()
    );
END
