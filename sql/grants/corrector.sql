-- corrector: checks, corrections and decisions. It reads everything, changes the columns that corrections may change, and
-- keeps our own tables; to audit and events it only adds, so that nobody it serves can change what was.
-- `consistency grants corrector` fills in user and schema, and repeats a line for each table it is about.
GRANT SELECT, SHOW VIEW ON :place.* TO :account;

GRANT UPDATE (:correctable_columns) ON :place.:correctable_table TO :account;

GRANT INSERT, UPDATE, DELETE ON :place.:own_table TO :account;

GRANT INSERT ON :place.consistency_trigger_probe TO :account;

GRANT INSERT ON :place.consistency_corrections TO :account;

GRANT INSERT ON :place.consistency_events TO :account;

GRANT INSERT ON :place.consistency_undos TO :account;

GRANT INSERT ON :place.consistency_gate_uses TO :account;

GRANT INSERT, UPDATE ON :place.consistency_gates TO :account
