-- put_calcom_reading: a reading that was never begun before; who comes second changes nothing.
INSERT INTO consistency_calcom_readings (company_id, kind, run_id, created_at, updated_at)
VALUES (:company_id, :kind, :run_id, :now, :now)
ON DUPLICATE KEY UPDATE
    revision = revision
