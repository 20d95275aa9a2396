"""Sources that differ: they work, or are refused before anything is changed, with table and column named."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from consistency_sandbox.servers import private
from consistency_sandbox.trial import examples, schema
from consistency_sandbox.trial.trial import try_rule
from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.detect.scan import scan_table
from data_consistency.errors import SchemaNotReady
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.rules.outcomes import Scope
from data_consistency.schema import drift, migrations
from tests import worlds
from tests.worlds import make_engine

_SUITES = load_suites(shipped())
_TABLES = ("calls", "appointments", "customers")
_FLAGS = {
    "calls": (
        "appointment_made",
        "booking_confirmed",
        "booking_failed",
        "call_successful",
        "customer_name_verified",
        "requires_manual_processing",
        "converted_to_appointment",
    ),
    "appointments": ("requires_manual_review",),
}
_MAY_BE_UNKNOWN = ("booking_confirmed", "call_successful")


def _alter(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        for statement in statements:
            connection.exec_driver_sql(statement)


def _refusal(source: Engine) -> str:
    """What a migration says that changes nothing."""
    before = _tables(source)
    with pytest.raises(SchemaNotReady) as refused:
        _migrate(source)
    assert before == _tables(source)
    return str(refused.value)


def _without_keys(engine: Engine) -> None:
    """Drop every foreign key: letters of a column cannot change while one is on it."""
    with engine.connect() as connection:
        keys = connection.exec_driver_sql(
            "SELECT table_name, constraint_name FROM information_schema.referential_constraints"
            " WHERE constraint_schema = DATABASE()"
        ).all()
    _alter(engine, *(f"ALTER TABLE {table} DROP FOREIGN KEY {name}" for table, name in keys))


def _migrate(engine: Engine, **options: bool) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", **options)


def _tables(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SHOW TABLES").scalars().all()
        return [tuple(connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").one()) for name in names]


def _differences(engine: Engine, tables: Sequence[str] = ("calls", "appointments")) -> list[str]:
    """What rules make of their examples other than the examples say."""
    suites = [_SUITES[table] for table in tables]
    known = examples.read_all(suites, shipped().example_folders())
    trials = (try_rule(engine, suite, rule, known[rule.id]) for suite in suites for rule in suite.rules)
    return [f"{trial.rule}: {trial.difference}" for trial in trials if not trial.passed]


@pytest.mark.parametrize(
    ("table", "column", "other"),
    [("calls", "phone_number_id", "phone_numbers.id"), ("appointments", "staff_id", "staff.id")],
)
def test_one_table_in_another_collation_is_named_before_anything_is_changed(
    source: Engine, table: str, column: str, other: str
) -> None:
    """By that column tables are joined, so that every rule would be lost: the statement that mends it is told."""
    _without_keys(source)
    _alter(source, f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    refusal = _refusal(source)

    assert f"{table}.{column} is in utf8mb4_general_ci, and {other}, which joins it" in refusal
    assert f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci" in refusal


def test_a_collation_that_joins_nothing_costs_only_the_rules_that_need_it(database_server: private.Server) -> None:
    """The others find and correct what they did; what is lost says that collations differ, and blames no condition."""
    with schema.throw_away(database_server, shipped()) as engine:
        _without_keys(engine)
        _alter(engine, "ALTER TABLE customers CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")

        differences = _differences(engine, ["calls", "appointments", "customers"])

    lost = [line for line in differences if "not evaluated" in line]
    assert {"customer_link_status_fits_evidence", "phone_match_fits_number"} == {
        line.partition(":")[0] for line in lost
    }
    assert all("columns in different collations cannot be compared" in line for line in lost)
    # What is found and cannot be corrected goes to a person.
    assert [] == [line for line in differences if line not in lost and "refused with database_refused" not in line]


def test_a_table_converted_later_is_told_by_every_rule_that_is_lost(database_server: private.Server) -> None:
    """The reason names column and statement, and so does the look at the schema."""
    with schema.throw_away(database_server, shipped()) as engine:
        _without_keys(engine)
        _alter(engine, "ALTER TABLE calls CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        with engine.connect() as connection:
            faults = [str(fault) for fault in drift.look(connection)]
            outcomes = scan_table(connection, _SUITES["calls"], Scope(kind="full"), worlds.long_ago()).outcomes

    mending = "ALTER TABLE calls CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    lost = [str(outcome.reason) for outcome in outcomes if outcome.reason]
    assert any(mending in fault for fault in faults)
    assert lost
    assert all(mending in reason for reason in lost if "collations" in reason)
    assert not [reason for reason in lost if "mend the condition" in reason]


def test_flags_may_be_bits(database_server: private.Server) -> None:
    """Rules find and correct the same where flags are BIT(1), as other tools make them."""
    with schema.throw_away(database_server, shipped()) as engine:
        _alter(engine, *(f"ALTER TABLE {table} {_as_bits(columns)}" for table, columns in _FLAGS.items()))

        assert [] == _differences(engine)


def _as_bits(columns: Sequence[str]) -> str:
    return ", ".join(
        f"MODIFY {column} BIT(1) {'NULL' if column in _MAY_BE_UNKNOWN else 'NOT NULL DEFAULT 0'}" for column in columns
    )


def test_triggers_judge_flags_that_are_bits(source: Engine) -> None:
    """A claim is parked and told, and an appointment books its call."""
    _alter(source, *(f"ALTER TABLE {table} {_as_bits(columns)}" for table, columns in _FLAGS.items()))
    _migrate(source)

    with source.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO calls (id, company_id, retell_call_id, appointment_made) VALUES (1, 1, 'c', 1)"
        )
        select = "SELECT appointment_made + 0, appointment_link_status FROM calls"
        parked = tuple(connection.exec_driver_sql(select).one())
        told = connection.exec_driver_sql(
            "SELECT JSON_VALUE(metadata, '$.flag') FROM data_consistency_alerts"
        ).scalar_one()
        connection.exec_driver_sql("INSERT INTO appointments (company_id, call_id, status) VALUES (1, 1, 'confirmed')")
        booked = tuple(connection.exec_driver_sql(select).one())

    assert ((0, "pending_creation"), "1", (1, "linked")) == (parked, told, booked)


def test_rows_without_a_time_of_change_are_checked(source: Engine) -> None:
    """A column updated_at that is NULL hides no row, neither with our change time nor without it."""
    _migrate(source, change_columns=False, triggers=False)
    rt = worlds.runtime(source.url.render_as_string(hide_password=False))
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    worlds.execute(
        source,
        "INSERT INTO calls (company_id, retell_call_id, created_at, updated_at) VALUES"
        " (1, 'call_1', NOW() - INTERVAL 1 DAY, NULL), (1, 'call_2', NOW() - INTERVAL 1 DAY, NOW() - INTERVAL 1 DAY)",
    )

    counts = pipeline.check_table(rt, table="calls", run_id="r1")
    corrected = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", rule_id="call_direction_present")

    assert 2 == counts.violations["call_direction_present"]
    assert 2 == corrected.corrected + corrected.waiting


@pytest.mark.parametrize("letters", ["latin1", "utf8mb3"])
@pytest.mark.parametrize("table", _TABLES)
def test_other_letters_are_refused_before_anything_is_changed(source: Engine, table: str, letters: str) -> None:
    """Codes in another character set cannot be compared: table and column are named, and how to mend it."""
    _without_keys(source)
    _alter(source, f"ALTER TABLE {table} CONVERT TO CHARACTER SET {letters}")
    refusal = _refusal(source)

    assert f"nothing was changed: {table}." in refusal
    assert f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4" in refusal


def test_what_is_in_the_way_is_named_all_at_once(source: Engine) -> None:
    """An engine without transactions, a missing column of the triggers, a table of ours that is somebody else's."""
    _alter(
        source,
        "DROP TABLE appointment_phases, appointment_modifications",
        "CREATE TABLE without_keys LIKE appointments",
        "DROP TABLE appointments",
        "RENAME TABLE without_keys TO appointments",
        "ALTER TABLE appointments ENGINE = MyISAM",
        "ALTER TABLE calls DROP COLUMN customer_link_confidence",
        "CREATE TABLE consistency_runs (number INT)",
    )
    refusal = _refusal(source)

    assert "table appointments is kept by MyISAM" in refusal
    assert "calls.customer_link_confidence is missing" in refusal
    assert "table consistency_runs is there already and is not ours" in refusal


@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "ORACLE"])
def test_a_server_may_quote_otherwise(source: Engine, mode: str) -> None:
    """Migrating, checking and the application's writes work where the server's own mode is another."""
    with source.connect() as connection:
        usual = connection.exec_driver_sql("SELECT @@GLOBAL.sql_mode").scalar_one()
        connection.exec_driver_sql(f"SET GLOBAL sql_mode = '{mode}'")
    url = source.url.render_as_string(hide_password=False)
    engine = make_engine(url)
    try:
        _migrate(engine)
        with engine.begin() as application:
            application.exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
            application.exec_driver_sql(
                "INSERT INTO calls (company_id, retell_call_id, appointment_made) VALUES (1, 'c', 1)"
            )
        rt = worlds.runtime(url)
        done = pipeline.check_run(rt, actor="test", full=True)
        with engine.connect() as connection:
            faults = drift.look(connection)
        looked = CliRunner(env={"CONSISTENCY_DB_URL": url}).invoke(build_app(), ["triggers", "verify"])
    finally:
        with source.connect() as connection:
            connection.execute(text("SET GLOBAL sql_mode = :mode"), {"mode": usual})
        engine.dispose()

    assert () == faults
    assert 0 == looked.exit_code
    assert [] == [reason for reason in done.not_evaluated if "calendar" not in reason]
    assert [("inbound", "pending_creation")] == worlds.execute(
        source, "SELECT direction, appointment_link_status FROM calls"
    )
