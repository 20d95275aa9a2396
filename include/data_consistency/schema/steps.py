"""What the migration steps do; each can be repeated after a death half-way, because DDL is not transactional."""

import re
from collections.abc import Iterable

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.db.server import server_of
from data_consistency.errors import SchemaNotReady
from data_consistency.logs import logger_of
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.rules.functions import read_sql
from data_consistency.schema import mapped_views

SOURCE_TABLES = ("calls", "appointments", "customers")
# Each table's lookups come and go in one statement; one of its indexes tells whether they are there.
_LOOKUPS = {
    "calls": "consistency_slot_index",
    "appointments": "consistency_staff_index",
    "customers": "consistency_phone_index",
}
# Each table's columns come and go in one statement; one of them tells whether they are there.
_BREAKER_TABLES = ("circuit_breaker_states", "circuit_breaker_events")
_BREAKER_COLUMN = "generation"
# What the operator does not want, remembered on the connection; see skip().
_SKIPPED = "consistency_skipped"
logger = logger_of(__name__)
_STATEMENT_END = re.compile(r";[ \t]*$", re.MULTILINE)


def statements(text: str) -> list[str]:
    """The statements of a file; each ends with `;` at the end of a line."""
    parts = (part.strip() for part in _STATEMENT_END.split(text))
    return [part for part in parts if any(line and not line.startswith("--") for line in part.splitlines())]


def migration_text(connection: Connection, name: str) -> str:
    """Text of one file of sql/migrations/, named without `.sql`."""
    return read_sql(sql.project_of(connection), "migrations", name)


def run_file(connection: Connection, name: str) -> None:
    """Execute the statements of one file of sql/migrations/, named without `.sql`."""
    server = server_of(connection)
    for statement in statements(migration_text(connection, name)):
        # Without it the driver takes the percent signs of LIKE for parameters.
        connection.exec_driver_sql(server.computed(statement), execution_options={"no_parameters": True})


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
    if is_skipped(connection, "change columns"):
        return
    for table in _own_tables(connection, SOURCE_TABLES):
        add, maintain = statements(migration_text(connection, f"change_columns/{table}.up"))
        if not _has_change_column(connection, table):
            connection.exec_driver_sql(add)
        # Safe to repeat: a death between the two statements would leave rows without their own time.
        connection.exec_driver_sql(maintain)


def drop_change_columns(connection: Connection) -> None:
    """Drop the change column from every source table that has it."""
    for table in _own_tables(connection, SOURCE_TABLES):
        if _has_change_column(connection, table):
            run_file(connection, f"change_columns/{table}.down")


def add_lookups(connection: Connection) -> None:
    """Add the lookups to every source table that lacks them, unless the operator wants no columns of ours."""
    if is_skipped(connection, "change columns"):
        return
    for table in _own_tables(connection, _LOOKUPS):
        if not _has_index(connection, table, _LOOKUPS[table]):
            run_file(connection, f"lookups/{table}.up")


def drop_lookups(connection: Connection) -> None:
    """Drop the lookups from every source table that has them."""
    for table, index in _LOOKUPS.items():
        if _has_index(connection, table, index):
            run_file(connection, f"lookups/{table}.down")


def add_breaker_columns(connection: Connection) -> None:
    """Add the breaker's columns to every table of its own that lacks them."""
    for table in _BREAKER_TABLES:
        if not _has_column(connection, table, _BREAKER_COLUMN):
            run_file(connection, f"breaker/{table}.up")


def drop_breaker_columns(connection: Connection) -> None:
    """Drop the breaker's columns from every table of its own that has them."""
    for table in _BREAKER_TABLES:
        if _has_column(connection, table, _BREAKER_COLUMN):
            run_file(connection, f"breaker/{table}.down")


def leave_out_of_views(connection: Connection) -> None:
    """Say which steps are left out because source tables are views; nothing can be added to a view."""
    if views := mapped_views.source_views(connection):
        names = ", ".join(views)
        logger.warning("left out: change columns, lookups and triggers; these are mapped and views tables=%s", names)


def _own_tables(connection: Connection, tables: Iterable[str]) -> list[str]:
    """Those that are tables: a view cannot be altered."""
    views = mapped_views.source_views(connection)
    return [table for table in tables if table not in views]


def skip(connection: Connection, *unwanted: str) -> None:
    """Remember what the operator does not want: `change columns` (nor any column or index), `triggers`."""
    connection.info[_SKIPPED] = frozenset(unwanted)


def is_skipped(connection: Connection, what: str) -> bool:
    """Whether the operator does not want it."""
    return what in connection.info.get(_SKIPPED, frozenset())


def _has_change_column(connection: Connection, table: str) -> bool:
    return _has_column(connection, table, CHANGE_COLUMN)


def _has_column(connection: Connection, table: str, wanted: str) -> bool:
    return any(str(column) == wanted for _, column in sql.run(connection, "source_columns", tables=[table]))


def _has_index(connection: Connection, table: str, index: str) -> bool:
    return any(str(name) == index for _, name in sql.run(connection, "source_indexes", tables=[table]))
