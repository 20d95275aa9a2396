"""What the migration steps do; each can be repeated after a death half-way, because DDL is not transactional."""

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.logs import logger_of
from data_consistency.rules.functions import read_sql
from data_consistency.schema import additions, catalogue, choices, inventory, mapped_views
from data_consistency.schema.ddl import VERBATIM

# Each table's columns come and go in one statement; one of them tells whether they are there.
_BREAKER_TABLES = ("circuit_breaker_states", "circuit_breaker_events")
_BREAKER_COLUMN = "generation"
# What the operator does not want, remembered on the connection; see skip().
_SKIPPED = "consistency_skipped"
logger = logger_of(__name__)


def migration_text(connection: Connection, name: str) -> str:
    """Text of one file of sql/migrations/, named without `.sql`."""
    return read_sql(sql.project_of(connection), "migrations", name)


def run_file(connection: Connection, name: str) -> None:
    """Execute the statements of one file of sql/migrations/, named without `.sql`."""
    for statement in inventory.statements(migration_text(connection, name)):
        connection.exec_driver_sql(statement, execution_options=VERBATIM)


def change_table(connection: Connection, name: str, *, table: str, tell: str) -> None:
    """Execute a file that changes one of our tables, unless a column or index tells that it was done."""
    if not _has(connection, table, tell):
        run_file(connection, name)


def change_table_back(connection: Connection, name: str, *, table: str, tell: str) -> None:
    """Execute a file that takes a change of one of our tables back, where a column or index tells that it was made."""
    if _has(connection, table, tell):
        run_file(connection, name)


def add_to_source(connection: Connection, group: str) -> None:
    """Add a group of columns and indexes to the source's tables, unless the operator wants none of ours there."""
    if is_skipped(connection, choices.CHANGE_COLUMNS):
        return
    if additions.add(connection, group) and group in {inventory.CHANGE_COLUMNS, inventory.STAMPS}:
        # Rows that changed while there was no change time look old: the next check reads everything.
        sql.run(connection, "forget_watermarks")
        connection.commit()


def drop_from_source(connection: Connection, group: str) -> None:
    """Take a group of columns and indexes away from the source's tables."""
    additions.drop(connection, group)


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


def skip(connection: Connection, *unwanted: str) -> None:
    """Remember what the operator does not want: `change columns` (nor any column or index), `triggers`."""
    connection.info[_SKIPPED] = frozenset(unwanted)


def is_skipped(connection: Connection, what: str) -> bool:
    """Whether the operator does not want it."""
    return what in connection.info.get(_SKIPPED, frozenset())


def _has(connection: Connection, table: str, tell: str) -> bool:
    return _has_column(connection, table, tell) or (table, tell) in catalogue.indexes_of(connection, [table])


def _has_column(connection: Connection, table: str, wanted: str) -> bool:
    return any(str(column) == wanted for _, column in sql.run(connection, "source_columns", tables=[table]))
