"""What is missing or different is named with its remedy, by doctor, every check and report; and it is put back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.config import utc_now
from data_consistency.errors import CheckNotEvaluated, SchemaNotReady
from data_consistency.health import Sign
from data_consistency.runtime import Runtime
from data_consistency.schema import drift, migrations
from tests import worlds
from tests.worlds import make_engine

_PAIRS = "staff_has_one_appointment_at_a_time"


@pytest.fixture
def engine(empty_schema: str) -> Iterator[Engine]:
    """A migrated schema with triggers and a row in each table."""
    made = make_engine(empty_schema)
    with made.begin() as connection:
        create_source_schema(connection)
    _migrate(made)
    with made.begin() as connection:
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A')"))
        connection.execute(text("INSERT INTO customers (id, company_id, name) VALUES (1, 1, 'Eva Muster')"))
        connection.execute(text("INSERT INTO calls (id, company_id, retell_call_id) VALUES (1, 1, 'call_1')"))
        connection.execute(text("INSERT INTO appointments (id, company_id, call_id) VALUES (1, 1, 1)"))
    yield made
    made.dispose()


def _migrate(engine: Engine, **options: bool) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", **options)


def _alter(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def _rt(engine: Engine) -> Runtime:
    return worlds.runtime(engine.url.render_as_string(hide_password=False))


def _sign(engine: Engine, name: str) -> Sign:
    (found,) = [sign for sign in pipeline.examine(_rt(engine)) if sign.name == name]
    return found


def _faults(engine: Engine) -> tuple[drift.Fault, ...]:
    with engine.connect() as connection:
        return drift.look(connection)


_HARMS = {
    "column calls.consistency_changed_at": "ALTER TABLE calls DROP COLUMN consistency_changed_at",
    "calls.consistency_changed_at_index": "ALTER TABLE calls DROP INDEX consistency_changed_at_index",
    "appointments.consistency_staff_index": "ALTER TABLE appointments DROP INDEX consistency_staff_index",
    "customers.consistency_phone": (
        "ALTER TABLE customers DROP INDEX consistency_phone_index, DROP COLUMN consistency_phone"
    ),
    "table consistency_corrections": "DROP TABLE consistency_corrections",
    "table consistency_watermarks": "DROP TABLE consistency_watermarks",
    "table consistency_settings": "DROP TABLE consistency_settings",
    "table data_consistency_alerts": "DROP TABLE data_consistency_alerts",
    "table consistency_trigger_probe": "DROP TABLE consistency_trigger_probe",
    "table consistency_migrations": "DROP TABLE consistency_migrations",
    "column circuit_breaker_states.generation": "ALTER TABLE circuit_breaker_states DROP COLUMN generation",
    "column consistency_runs.rule_set": "ALTER TABLE consistency_runs DROP COLUMN rule_set",
    "view consistency_call_display": "DROP VIEW consistency_call_display",
    "trigger before_insert_call_set_direction": "DROP TRIGGER before_insert_call_set_direction",
}


@pytest.mark.parametrize("name", sorted(_HARMS))
def test_what_is_missing_is_named_and_put_back_at_the_newest_version(engine: Engine, name: str) -> None:
    """The doctor names it with the remedy, whatever else it cannot look at; migrating puts it back, and it is fine."""
    short = name.removeprefix("column ")
    _alter(engine, _HARMS[name])

    signs = list(pipeline.examine(_rt(engine)))
    version = migrations.migrate(engine)

    (told,) = [sign for sign in signs if short in sign.detail]
    assert not told.ok
    assert "`consistency migrate` puts it back" in told.remedy or "`consistency migrate` mends it" in told.remedy
    assert migrations.latest() == version
    assert () == _faults(engine)
    assert pipeline.check_run(_rt(engine), actor="test", full=True).tables


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        ("ALTER TABLE calls MODIFY consistency_changed_at DATETIME(6) NOT NULL DEFAULT '1970-01-01'", "is not kept by"),
        (
            "ALTER TABLE appointments DROP INDEX consistency_staff_index, ADD INDEX consistency_staff_index (staff_id)",
            "is on other columns",
        ),
        (
            "CREATE OR REPLACE TRIGGER before_insert_call_set_direction BEFORE INSERT ON calls FOR EACH ROW"
            " SET @consistency_triggers = 'on'",
            "is not as its file has it",
        ),
    ],
)
def test_what_is_different_is_named_and_mended(engine: Engine, harm: str, what: str) -> None:
    """The same name and another meaning is worse than nothing."""
    _alter(engine, harm)

    named = _faults(engine)
    migrations.migrate(engine)

    assert any(what in str(fault) for fault in named)
    assert () == _faults(engine)


def test_every_check_tells_drift_until_it_is_gone(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """The log names it, an incident waits for a person, the report shows it; once mended it is closed."""
    _alter(engine, "ALTER TABLE appointments DROP INDEX consistency_customer_index")

    pipeline.check_run(_rt(engine), actor="test")
    waiting = worlds.execute(engine, "SELECT kind, detail FROM consistency_incidents WHERE status = 'open'")
    page = _report(engine)
    migrations.migrate(engine)
    pipeline.check_run(_rt(engine), actor="test")

    named = "appointments.consistency_customer_index is missing; `consistency migrate` puts it back"
    assert named in caplog.text
    assert [("drift", named)] == [each for each in waiting if each[0] == "drift"]
    assert "appointments.consistency_customer_index is missing" in page
    assert [] == worlds.execute(
        engine, "SELECT detail FROM consistency_incidents WHERE status = 'open' AND kind = 'drift'"
    )


@pytest.mark.parametrize(
    "harm",
    [
        "ALTER TABLE calls DROP INDEX consistency_changed_at_index",
        "ALTER TABLE calls MODIFY consistency_changed_at DATETIME(6) NOT NULL DEFAULT '1970-01-01'",
        "ALTER TABLE consistency_runs DROP INDEX consistency_runs_finished",
        "DROP VIEW consistency_call_display",
        "CREATE OR REPLACE VIEW consistency_call_display AS SELECT 1 AS call_id",
        "DROP TRIGGER before_insert_call_set_direction",
        "UPDATE consistency_migrations SET version_num = '0002'",
        "UPDATE consistency_settings SET value = 'x y' WHERE name LIKE 'view %'",
    ],
)
def test_what_changes_after_a_run_in_which_nothing_was_missing_is_told_by_the_next(engine: Engine, harm: str) -> None:
    """That nothing was missing is remembered of that very schema, and of no other."""
    _begin(engine, "first")
    _begin(engine, "second")
    before = worlds.execute(engine, "SELECT id FROM consistency_incidents WHERE kind = 'drift'")
    _alter(engine, harm)

    _begin(engine, "third")

    assert [] == before
    assert [("open",)] == worlds.execute(engine, "SELECT status FROM consistency_incidents WHERE kind = 'drift'")


@pytest.mark.every_server
def test_a_schema_in_which_nothing_was_missing_is_compared_once_an_hour(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another hour, or a file that cannot be read or says another thing, and it is compared again."""
    compared = []
    require = drift.require
    monkeypatch.setattr(drift, "require", lambda connection: compared.append(1) or require(connection))
    rt = _rt(engine)
    file = rt.folder("cache") / "sound-schema.json"

    for number, text_of_file in enumerate([None, None, "", "[]", '{"state": "x"}']):
        if text_of_file is not None:
            file.write_text(text_of_file, encoding="utf-8")
        pipeline.begin(rt, f"r{number}", "check", "test")
    later = replace(rt, clock=lambda: utc_now() + timedelta(minutes=61))
    pipeline.begin(later, "later", "check", "test")

    assert 1 + 3 + 1 == len(compared)


def _begin(engine: Engine, run_id: str) -> None:
    pipeline.begin(_rt(engine), run_id, "check", "test")


def _report(engine: Engine) -> str:
    rt = _rt(engine)
    return Path(pipeline.write_report(rt, run_id="r1").path).read_text(encoding="utf-8")


def test_a_lost_table_of_ours_stops_a_check_with_its_remedy(engine: Engine) -> None:
    """Nothing could be recorded: one error names table and command, and nothing is written."""
    _alter(engine, "DROP TABLE consistency_rule_results")

    with pytest.raises(SchemaNotReady, match="table consistency_rule_results is missing; `consistency migrate`"):
        pipeline.check_run(_rt(engine), actor="test")

    assert [] == worlds.execute(engine, "SELECT id FROM consistency_runs")


def test_a_rule_without_its_lookup_says_that_it_is_missing(engine: Engine) -> None:
    """It never claims that the operator wished it so; where the operator did, it says that."""
    _alter(
        engine,
        "ALTER TABLE appointments DROP INDEX consistency_staff_index, DROP INDEX consistency_customer_index,"
        " DROP COLUMN consistency_slot",
    )
    rt = _rt(engine)
    pipeline.begin(rt, "r1", "check", "test")

    with pytest.raises(CheckNotEvaluated, match=rf"{_PAIRS}.*appointments\.consistency_slot is missing; `consistency"):
        pipeline.check_table(rt, table="appointments", run_id="r1", kind="full")
    migrations.migrate(engine, change_columns=False)
    counts = pipeline.check_table(rt, table="appointments", run_id="r1", kind="full")

    assert "the operator left out the lookup" in counts.left_out[_PAIRS]
    assert _sign(engine, "schema").ok


def test_what_the_operator_left_out_is_neither_missed_nor_put_back(engine: Engine) -> None:
    """It is remembered by the schema, until the operator says otherwise."""
    migrations.migrate(engine, change_columns=False, triggers=False)
    migrations.migrate(engine)
    left_out = worlds.execute(
        engine,
        "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE()"
        " AND table_name IN ('calls', 'appointments', 'customers') AND column_name LIKE 'consistency%'",
    )
    signs = (_sign(engine, "schema"), _sign(engine, "triggers"))
    migrations.migrate(engine, change_columns=True, triggers=True)

    assert [(0,)] == left_out
    assert all(sign.ok for sign in signs)
    assert "left out by the operator" in signs[1].detail
    assert () == _faults(engine)


def test_an_online_change_of_the_schema_loses_nothing_for_long(engine: Engine) -> None:
    """A copy of a table takes its place, without triggers and without what the tool did not copy."""
    _alter(
        engine,
        "CREATE TABLE _calls_new LIKE calls",
        "ALTER TABLE _calls_new ADD COLUMN shoe_size INT NULL, DROP INDEX consistency_slot_index,"
        " DROP COLUMN consistency_slot",
        "INSERT INTO _calls_new (id, company_id, retell_call_id) SELECT id, company_id, retell_call_id FROM calls",
        "RENAME TABLE calls TO _calls_old, _calls_new TO calls",
        "DROP TABLE _calls_old",
    )

    named = {fault.name for fault in _faults(engine)}
    migrations.migrate(engine)

    assert {"calls.consistency_slot", "calls.consistency_slot_index"} < named
    assert "trigger before_insert_call_set_direction" in named
    assert () == _faults(engine)


def test_a_dump_that_knows_no_invisible_columns_is_made_whole(engine: Engine) -> None:
    """Restored, the version is the newest, and what is ours is gone; the next check reads everything."""
    pipeline.check_run(_rt(engine), actor="test", full=True)
    for table in ("calls", "appointments", "customers"):
        with engine.connect() as connection:
            create = str(connection.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1])
            columns = connection.exec_driver_sql(f"SELECT * FROM {table} LIMIT 0").keys()
        kept = [line for line in create.splitlines() if "consistency_" not in line]
        if not kept[-2].rstrip().endswith(","):
            kept[-2] = kept[-2]
        text_of = "\n".join(kept).replace(",\n)", "\n)").replace(f"`{table}` (", "`restored` (", 1)
        listed = ", ".join(f"`{column}`" for column in columns)
        _alter(
            engine,
            _without_names(text_of),
            f"INSERT INTO restored ({listed}) SELECT {listed} FROM {table}",
            f"DROP TABLE {table}",
            f"RENAME TABLE restored TO {table}",
        )

    named = {fault.name for fault in _faults(engine)}
    version = migrations.migrate(engine)
    counts = pipeline.check_run(_rt(engine), actor="test").tables

    assert {"calls.consistency_changed_at", "customers.consistency_phone", "appointments.consistency_slot"} < named
    assert migrations.latest() == version
    assert () == _faults(engine)
    assert 1 == {each.table: each.rows_checked for each in counts}["calls"]


def _without_names(create: str) -> str:
    """Names of foreign keys are unique in a schema, and the table of before still has them."""
    return "\n".join(
        line.replace("CONSTRAINT `", "CONSTRAINT `r_", 1) if "FOREIGN KEY" in line else line
        for line in create.splitlines()
    )


def test_a_view_that_was_replaced_is_named_and_made_anew(engine: Engine) -> None:
    """Its text is compared as the server keeps it; migrating makes it as its file has it."""
    _alter(engine, "CREATE OR REPLACE VIEW consistency_call_display AS SELECT id FROM calls")

    named = [str(fault) for fault in _faults(engine)]
    migrations.migrate(engine)

    assert ["view consistency_call_display is not as its file has it; `consistency migrate` mends it"] == named
    assert () == _faults(engine)


def test_a_schema_newer_than_the_code_is_left_alone(engine: Engine) -> None:
    """Migrating and rolling back refuse it and say why; the doctor names it."""
    _alter(engine, "UPDATE consistency_migrations SET version_num = '9001'")

    for change in (migrations.migrate, migrations.rollback):
        with pytest.raises(SchemaNotReady, match="version 9001, which a newer release made"):
            change(engine)

    sign = _sign(engine, "schema")
    assert not sign.ok
    assert "version 9001, which a newer release made" in sign.detail
    assert pipeline.check_run(_rt(engine), actor="test", full=True).tables


def test_an_older_schema_is_named_and_nothing_of_later_versions_is_missed(engine: Engine) -> None:
    """The version is the only fault."""
    migrations.rollback(engine, to="0008")

    assert ["schema has version 0008, not " + migrations.latest() + "; run `consistency migrate`"] == [
        str(fault) for fault in _faults(engine) if not fault.name.startswith("trigger")
    ]


def test_settings_and_clock_are_looked_at(engine: Engine) -> None:
    """A switch that nobody can read is named with the command that sets it."""
    before = (_sign(engine, "settings").ok, _sign(engine, "clock").ok, _sign(engine, "suites").ok)
    _alter(
        engine,
        "REPLACE INTO consistency_settings (name, value, updated_at, updated_by)"
        " VALUES ('corrections_enabled', 'yes', NOW(), 'x')",
    )

    sign = _sign(engine, "settings")

    assert (True, True, True) == before
    assert not sign.ok
    assert "consistency switch corrections_enabled on" in sign.remedy
