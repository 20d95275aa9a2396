-- drop_mapping: forget the mapping; its views are gone by then.
DROP TABLE IF EXISTS consistency_mapping
