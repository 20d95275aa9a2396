"""What the migration steps do; each can be repeated after a death half-way, because DDL is not transactional."""

import re

from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db import sql
from data_consistency.db.facts import CHANGE_COLUMN
from data_consistency.errors import SchemaNotReady

SOURCE_TABLES = ("calls", "appointments", "customers")
# Operators who may not alter the source tables migrate without the change column.
_SKIP_CHANGE_COLUMNS = "consistency_skip_change_columns"
_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)


def statements(text: str) -> list[str]:
    """The statements of a file; each ends with `;` at the end of a line."""
    parts = (part.strip() for part in _STATEMENT_END.split(text))
    return [part for part in parts if any(line and not line.startswith("--") for line in part.splitlines())]


def run_file(connection: Connection, name: str) -> None:
    """Execute the statements of one file of sql/migrations/."""
    for statement in statements(sql.read_sql(project_root() / "sql" / "migrations" / name)):
        connection.exec_driver_sql(statement)


def require_source(connection: Connection) -> None:
    """Refuse a schema that lacks a source table or the column our joins need.

    Raises:
        SchemaNotReady: names what is missing.
    """
    present = {(str(t), str(c)) for t, c in sql.run(connection, "source_columns", tables=list(SOURCE_TABLES))}
    for table in SOURCE_TABLES:
        for column in ("id", "company_id"):
            if (table, column) not in present:
                raise SchemaNotReady(f"source column {table}.{column} is missing; migrate in the schema that holds it")


def add_change_columns(connection: Connection) -> None:
    """Add the change column to every source table that lacks it, unless the operator said no."""
    if connection.info.get(_SKIP_CHANGE_COLUMNS):
        return
    for table in SOURCE_TABLES:
        add, maintain = statements(
            sql.read_sql(project_root() / "sql" / "migrations" / "change_columns" / f"{table}.up.sql")
        )
        if not _has_change_column(connection, table):
            connection.exec_driver_sql(add)
        # Safe to repeat: a death between the two statements would leave rows without their own time.
        connection.exec_driver_sql(maintain)


def drop_change_columns(connection: Connection) -> None:
    """Drop the change column from every source table that has it."""
    for table in SOURCE_TABLES:
        if _has_change_column(connection, table):
            run_file(connection, f"change_columns/{table}.down.sql")


def skip_change_columns(connection: Connection, *, skip: bool) -> None:
    """Remember on the connection whether the change columns are wanted."""
    connection.info[_SKIP_CHANGE_COLUMNS] = skip


def _has_change_column(connection: Connection, table: str) -> bool:
    rows = sql.run(connection, "source_columns", tables=[table])
    return any(str(column) == CHANGE_COLUMN for _, column in rows)
