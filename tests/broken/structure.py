"""Broken states: what stands in the schema."""

from tests.broken.world import State, several

STATES = {
    "a column is gone": State(
        sign="schema",
        said="appointments.consistency_staff_index is missing",
        remedy="`consistency migrate`",
        sql=("ALTER TABLE appointments DROP INDEX consistency_staff_index",),
    ),
    "a table is gone": State(
        sign="schema",
        said="table consistency_booking_rechecks is missing",
        remedy="`consistency migrate` puts it back",
        sql=("DROP TABLE consistency_booking_rechecks",),
    ),
    "an accelerator is gone": State(
        sign="accelerator",
        said="accelerator of calls is not used as a whole: the column is gone",
        remedy="`consistency accelerate on calls` builds it anew",
        sql=(
            "INSERT INTO consistency_settings (name, value, updated_at, updated_by)"
            " VALUES ('accelerator:calls', 'on', '2026-01-01', 'test')",
        ),
    ),
    "a view is gone": State(
        sign="schema",
        said="view consistency_call_display is missing",
        remedy="`consistency migrate`",
        sql=("DROP VIEW consistency_call_display",),
    ),
    "a view was changed": State(
        sign="schema",
        said="view consistency_call_display is not as its file has it",
        remedy="`consistency migrate` mends it",
        sql=("CREATE OR REPLACE VIEW consistency_call_display AS SELECT id FROM calls",),
    ),
    "a view is of another release": State(
        sign="schema",
        said="view consistency_call_display is not as its file has it",
        remedy="`consistency migrate` mends it",
        sql=("UPDATE consistency_settings SET value = 'x' WHERE name = 'view consistency_call_display'",),
    ),
    "migrations are behind": State(
        sign="schema",
        said="has version 0017",
        remedy="`consistency migrate`",
        sql=("UPDATE consistency_migrations SET version_num = '0017'",),
    ),
    "migrations are ahead": State(
        sign="schema",
        said="which a newer release made",
        remedy="install that release here too",
        sql=("UPDATE consistency_migrations SET version_num = '9001'",),
    ),
    "a trigger is gone": State(
        sign="triggers",
        said="trigger before_insert_call_set_direction is missing",
        remedy="`consistency migrate`",
        sql=("DROP TRIGGER before_insert_call_set_direction",),
    ),
    "a trigger was changed": State(
        sign="triggers",
        said="trigger after_delete_phase_note_row is not as its file has it",
        remedy="`consistency migrate`",
        sql=(
            "DROP TRIGGER after_delete_phase_note_row",
            "CREATE DEFINER = 'consistency_definer'@'localhost' TRIGGER after_delete_phase_note_row AFTER DELETE"
            " ON appointment_phases FOR EACH ROW SET @nothing = 1",
        ),
    ),
    "the triggers' account lacks a right": State(
        sign="triggers",
        said="every write may fail",
        remedy="consistency grants definer",
        sql=("REVOKE INSERT ON data_consistency_alerts FROM 'consistency_definer'@'localhost'",),
        undo=("GRANT INSERT ON data_consistency_alerts TO 'consistency_definer'@'localhost'",),
    ),
    "a table has no transactions": State(
        sign="engines",
        said="consistency_outbox (MyISAM)",
        remedy="ENGINE = InnoDB",
        sql=("ALTER TABLE consistency_outbox ENGINE = MyISAM",),
    ),
    "a mapping is not in force": State(
        sign="mapping",
        said="no mapping is in force",
        remedy="`consistency mapping create",
        make=lambda world: several(world, 'mapping = "s2"'),
    ),
    "a mapping has no file": State(
        sign="mapping",
        said="there is no sql/mappings/nowhere.json",
        remedy="correct `mapping`",
        make=lambda world: several(world, 'mapping = "nowhere"'),
    ),
}
