-- insert_api_key: a key by its hash; the key itself is stored nowhere.
INSERT INTO consistency_api_keys (company_id, name, key_hash, expires_at, created_at, created_by)
VALUES (:company_id, :name, :key_hash, :expires_at, :now, :actor)
