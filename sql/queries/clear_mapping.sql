-- clear_mapping: the mapping is written anew.
DELETE FROM consistency_mapping
