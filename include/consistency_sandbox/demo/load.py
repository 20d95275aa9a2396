"""Loading the demo: source tables, the bad morning, then our own tables, as in a database that was there before us."""

from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from consistency_sandbox.demo.bad_morning import load_bad_morning
from consistency_sandbox.source_schema import create_source_schema
from data_consistency.db import marker
from data_consistency.errors import UnmarkedSchema
from data_consistency.schema import migrations, triggers, views


def load_demo(engine: Engine, now: datetime) -> dict[str, int]:
    """Fill an empty schema with the bad morning, or a demo's schema anew.

    Args:
        engine: of the schema.
        now: UTC, naive; the morning lies two days before.

    Returns:
        Rows by table and faults by kind.

    Raises:
        UnmarkedSchema: the schema holds tables and was not marked as a demo.
    """
    with engine.connect() as connection:
        schema = marker.schema_name(connection)
        tables = _tables(connection)
        if tables:
            _require_demo(connection, schema)
            _drop(connection, tables)
        create_source_schema(connection)
        # Before the rows: a load that dies half-way leaves a schema that can be loaded again.
        marker.write_marker(connection, marker.Environment.DEMO, now)
        summary = load_bad_morning(connection, now)
        connection.commit()
    migrations.migrate(engine, adopt=schema, environment=marker.Environment.DEMO.value)
    _have_triggers(engine)
    return summary


def keep_demo(engine: Engine) -> bool:
    """Bring a demo that was loaded before to the newest version; False: there is none, or not a whole one."""
    with engine.connect() as connection:
        if marker.read_marker(connection) is not marker.Environment.DEMO or migrations.current(connection) is None:
            return False
    migrations.migrate(engine)
    _have_triggers(engine)
    return True


def _have_triggers(engine: Engine) -> None:
    """Where no account can be made for the triggers, those of a demo act as the one that it is loaded with."""
    with engine.connect() as connection:
        if not triggers.are_none(connection):
            return
        account = str(connection.exec_driver_sql("SELECT CURRENT_USER()").scalar_one())
    migrations.migrate(engine, definer=account)


def is_empty(engine: Engine) -> bool:
    """Whether the schema holds no table at all."""
    with engine.connect() as connection:
        return not _tables(connection)


def _require_demo(connection: Connection, schema: str) -> None:
    found = marker.read_marker(connection)
    if found is not marker.Environment.DEMO:
        kind = "not marked" if found is None else f"marked '{found}'"
        raise UnmarkedSchema(
            f"schema '{schema}' holds tables and is {kind}; the demo is loaded into an empty schema or its own only"
        )


def _tables(connection: Connection) -> list[str]:
    rows = connection.exec_driver_sql(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name"
    )
    return [str(row[0]) for row in rows]


def _drop(connection: Connection, tables: list[str]) -> None:
    views.drop(connection)
    connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
    try:
        # The marker goes last, for the same reason.
        for table in sorted(tables, key=lambda name: name == "consistency_marker"):
            connection.exec_driver_sql(f"DROP TABLE `{table}`")
    finally:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 1")
