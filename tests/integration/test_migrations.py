"""Migrations: up, down without a trace, refused where nobody adopted the schema, repeatable after a death."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.db import marker
from data_consistency.errors import ConfigurationError, DatabaseUnavailable, SchemaNotReady, UnmarkedSchema, WrongUse
from data_consistency.schema import ddl, drift, inventory, locking, migrations
from tests import worlds
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

_VIEWS = {
    "tables": "table_name, engine, table_collation, create_options",
    "columns": "table_name, ordinal_position, column_name, column_type, column_default, is_nullable, extra",
    "statistics": "table_name, index_name, seq_in_index, column_name, non_unique",
    "table_constraints": "table_name, constraint_name, constraint_type",
    "key_column_usage": "table_name, constraint_name, column_name, referenced_table_name, referenced_column_name",
    "triggers": "trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement",
}


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """A schema that holds the source and nothing of ours, with some rows."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A')"))
        connection.execute(text("INSERT INTO customers (id, company_id, name) VALUES (1, 1, 'Eva Muster')"))
        connection.execute(text("INSERT INTO calls (id, company_id, retell_call_id) VALUES (1, 1, 'call_1a')"))
        connection.execute(text("INSERT INTO appointments (id, company_id, call_id) VALUES (1, 1, 1)"))
    yield engine
    engine.dispose()


def _adopt(engine: Engine, **options: object) -> str | None:
    return migrations.migrate(engine, adopt=str(engine.url.database), environment="test", **options)  # type: ignore[arg-type]


def _about(view: str, columns: str) -> str:
    schema = "trigger_schema" if view == "triggers" else "table_schema"
    return f"SELECT {columns} FROM information_schema.{view} WHERE {schema} = DATABASE() ORDER BY {columns}"


def _snapshot(engine: Engine) -> dict[str, object]:
    """Everything the server says about the schema, and every row of the source."""
    with engine.connect() as connection:
        found: dict[str, object] = {
            view: [tuple(row) for row in connection.execute(text(_about(view, columns)))]
            for view, columns in _VIEWS.items()
        }
        tables = connection.execute(text("SHOW TABLES")).scalars().all()
        for table in tables:
            found[f"create {table}"] = connection.execute(text(f"SHOW CREATE TABLE {table}")).one()[1]
            found[f"rows of {table}"] = [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
        return found


@pytest.mark.parametrize("to", ["head", "0008", "0003", "0001"])
def test_rollback_leaves_the_schema_exactly_as_it_was_found(source: Engine, to: str) -> None:
    """Tables, columns, indexes, constraints, triggers, statements and rows are equal before and after any version."""
    before = _snapshot(source)

    version = _adopt(source, to=to)
    during = _snapshot(source)
    left = migrations.rollback(source)

    assert (migrations.latest() if to == "head" else to, None) == (version, left)
    assert to == "0001" or len(during["triggers"]) > len(before["triggers"])  # type: ignore[arg-type]
    assert before == _snapshot(source)


def test_the_change_column_is_invisible_and_old_rows_look_old(source: Engine) -> None:
    """The application sees no new column; rows from before us are not "in flight"."""
    _adopt(source)

    with source.begin() as connection:
        visible = connection.execute(text("SELECT * FROM calls")).mappings().one()
        old = connection.execute(text("SELECT YEAR(consistency_changed_at) FROM calls")).scalar_one()
        connection.execute(text("UPDATE calls SET sentiment = 'Neutral'"))
        new = connection.execute(text("SELECT YEAR(consistency_changed_at) > 2000 FROM calls")).scalar_one()

    assert "consistency_changed_at" not in visible
    assert (1970, 1) == (old, new)


def test_migrating_twice_changes_nothing(source: Engine) -> None:
    """Safe to run at every deployment."""
    _adopt(source)
    first = _snapshot(source)

    assert migrations.latest() == migrations.migrate(source)
    assert first == _snapshot(source)


@pytest.mark.parametrize("step", ["own tables", "columns of the source", "triggers"])
def test_a_migration_that_died_is_finished_by_the_next(
    source: Engine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Statements that change the schema cannot be rolled back; every step can be repeated."""
    before = _snapshot(source)
    texts, run = inventory.statements, ddl.run
    left = iter(range(3))

    def half(content: str) -> list[str]:
        done = texts(content)
        return [*done[:5], "SELECT no_such_column"] if len(done) > 2 else done

    def third(connection: Connection, statement: str, table: str) -> None:
        is_its = ("TRIGGER" in statement) == (step == "triggers")
        run(connection, statement if not is_its or next(left, None) is not None else "SELECT no_such_column", table)

    with monkeypatch.context() as patch:
        if step == "own tables":
            patch.setattr(inventory, "statements", half)
        else:
            patch.setattr(ddl, "run", third)
        with pytest.raises((DatabaseUnavailable, SchemaNotReady)):
            _adopt(source)

    assert migrations.latest() == migrations.migrate(source)
    with source.connect() as connection:
        assert () == drift.look(connection)
    migrations.rollback(source)
    assert before == _snapshot(source)


def test_a_schema_nobody_adopted_is_refused(source: Engine) -> None:
    """The operator types the schema's own name, once."""
    before = _snapshot(source)

    with pytest.raises(UnmarkedSchema, match=f"migrate --adopt {source.url.database}"):
        migrations.migrate(source)
    with pytest.raises(UnmarkedSchema, match="type that name"):
        migrations.migrate(source, adopt="another")
    with pytest.raises(WrongUse, match="operational, demo, test"):
        migrations.migrate(source, adopt=str(source.url.database), environment="production")
    with pytest.raises(UnmarkedSchema):
        migrations.rollback(source)

    assert before == _snapshot(source)


def test_a_schema_of_another_kind_is_refused(source: Engine) -> None:
    """Demo and tests never touch an operational schema."""
    _adopt(source)

    with source.connect() as connection, pytest.raises(UnmarkedSchema, match="marked 'test', not demo"):
        marker.require_marker(connection, frozenset({marker.Environment.DEMO}))


def test_a_missing_source_table_is_named(empty_schema: str) -> None:
    """Migrating the wrong schema says so before anything is created."""
    engine = make_engine(empty_schema)

    with pytest.raises(SchemaNotReady, match=r"calls\.id is missing"):
        _adopt(engine)

    assert {} == {key: value for key, value in _snapshot(engine).items() if value and key == "tables"}
    engine.dispose()


def test_an_unknown_version_is_wrong_use(source: Engine) -> None:
    """The message names it."""
    with pytest.raises(WrongUse, match="9999"):
        _adopt(source, to="9999")


def test_two_migrations_do_not_run_at_once(source: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for a lock and then says so."""
    monkeypatch.setattr(locking, "_LOCK_SECONDS", 0)
    with source.connect() as other:
        other.execute(text("SELECT GET_LOCK(:name, 0)"), {"name": f"consistency_migrate:{source.url.database}"})

        with pytest.raises(DatabaseUnavailable, match="another migration"):
            _adopt(source)


def test_without_change_columns_a_wide_window_is_read(source: Engine) -> None:
    """Where the source may not be altered, eight days of business time stand in for the change time."""
    _adopt(source, change_columns=False, triggers=False)
    rt = worlds.runtime(source.url.render_as_string(hide_password=False))
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    worlds.execute(
        source,
        "INSERT INTO calls (company_id, retell_call_id, created_at, updated_at, status) VALUES"
        " (1, 'call_2b', NOW() - INTERVAL 2 DAY, NOW() - INTERVAL 2 DAY, 'completed'),"
        " (1, 'call_3c', NOW() - INTERVAL 20 DAY, NOW() - INTERVAL 20 DAY, 'completed')",
    )

    counts = pipeline.check_table(rt, table="calls", run_id="r1")
    corrected = pipeline.correct_table(rt, table="calls", run_id="r1", actor="test", rule_id="call_direction_present")

    assert 1 == counts.rows_checked
    assert 2 <= corrected.corrected + corrected.waiting


@pytest.mark.parametrize("url", ["no url", "postgresql://h/s", "mysql+pymysql://h"])
def test_a_url_that_cannot_work_is_refused(url: str) -> None:
    """One dialect, one driver, and a schema."""
    with pytest.raises(ConfigurationError, match="mysql"):
        make_engine(url)


def test_the_source_schema_is_made_in_an_empty_schema_only(source: Engine) -> None:
    """Nothing of the demo is poured over something that exists."""
    with source.begin() as connection, pytest.raises(WrongUse, match="in an empty one only"):
        create_source_schema(connection)


def test_lookups_are_invisible_and_read_a_number_in_every_spelling(source: Engine) -> None:
    """One number in three spellings is one value; a withheld one is none; the application sees no new column."""
    _adopt(source)
    spellings = ("0171 392-0001", "+491713920001", "0049 (171) 3920001", "anonymous_1700000000_0a1b2c3d", "")

    with source.begin() as connection:
        visible = connection.execute(text("SELECT * FROM customers")).mappings().one()
        found = []
        for spelling in spellings:
            connection.execute(text("UPDATE customers SET phone = :phone"), {"phone": spelling})
            found.append(connection.execute(text("SELECT consistency_phone FROM customers")).scalar_one())

    assert "consistency_phone" not in visible
    assert ["+491713920001"] * 3 + [None] * 2 == found


def test_what_the_operator_does_not_want_is_not_made(source: Engine) -> None:
    """Neither columns nor indexes nor triggers appear on the source tables."""
    before = _snapshot(source)

    _adopt(source, change_columns=False, triggers=False)

    during = _snapshot(source)
    assert all(
        during[f"create {table}"] == before[f"create {table}"] for table in ("calls", "appointments", "customers")
    )
    assert before["triggers"] == during["triggers"]
