"""Statements that change tables: they give way to whoever is at work, and change beside writers where the server can.

A statement that waits for a table makes everybody wait who comes after it. So each waits a moment only, lets the others
pass, and tries again; what is still in use then is refused, with who uses it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.retrying import retry_transient
from data_consistency.errors import DatabaseUnavailable
from data_consistency.logs import logger_of

ATTEMPTS = 6
# While one attempt waits for a table, whoever comes later waits behind it.
LOCK_SECONDS = 1
# The first pause between attempts; each is twice as long as the one before.
PAUSE_SECONDS = 0.5
_LOCK_WAIT_TIMEOUT = 1205
_CANNOT_BESIDE_WRITERS = frozenset({1845, 1846, 1847})
# The driver takes percent signs for parameters otherwise.
VERBATIM = {"no_parameters": True}
# Where servers say who holds a table, the most exact first; most accounts may ask one of them at best.
_WHO = ("blockers_by_lock", "blockers_by_plugin", "blockers_by_transaction")
_MOST_NAMED = 3

logger = logger_of(__name__)


class _InUse(Exception):
    """Somebody uses the table: it is tried again."""


@contextmanager
def patient(connection: Connection) -> Iterator[None]:
    """Have the session give way after a moment, for as long as it lasts."""
    connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}")
    try:
        yield
    finally:
        connection.exec_driver_sql("SET SESSION lock_wait_timeout = DEFAULT")


def run(connection: Connection, statement: str, table: str) -> None:
    """Execute a statement that needs a table for itself; in a `patient` session it does not make others wait long.

    Args:
        connection: whose transaction, if it has one, ends with the statement.
        statement: changes one table, its triggers or a view.
        table: whose users are in the way.

    Raises:
        DatabaseUnavailable: the table is in use; says by whom, as far as the account may know.
    """

    def attempt() -> None:
        try:
            connection.exec_driver_sql(statement, execution_options=VERBATIM)
        except DBAPIError as error:
            if server_errors.code_of(error) != _LOCK_WAIT_TIMEOUT:
                raise
            raise _InUse from error

    try:
        retry_transient(
            attempt,
            attempts=ATTEMPTS,
            base_delay_seconds=PAUSE_SECONDS,
            transient=lambda error: isinstance(error, _InUse),
        )
    except _InUse as error:
        raise DatabaseUnavailable(
            f"table {table} is in use: {_users(connection, table)}; end that transaction or wait for it, then run the"
            " command again: it goes on from here"
        ) from error


def alter(connection: Connection, table: str, change: str) -> None:
    """Alter a table beside its writers; where the server cannot, the log says that they wait.

    Raises:
        DatabaseUnavailable: the table is in use.
    """
    statement = f"ALTER TABLE `{table}`\n{change}"
    try:
        run(connection, f"{statement},\nLOCK = NONE", table)
    except DBAPIError as error:
        if server_errors.code_of(error) not in _CANNOT_BESIDE_WRITERS:
            raise
        logger.warning("this server cannot do it beside writers, they wait table=%s change=%s", table, _short(change))
        run(connection, statement, table)


def _short(change: str) -> str:
    return " ".join(change.split())[:80]


def _users(connection: Connection, table: str) -> str:
    for query in _WHO:
        try:
            rows = sql.run(connection, query, table_name=table).all()
        except DBAPIError:
            # No such view on this server, or not for this account.
            continue
        if rows:
            named = ", ".join(
                f"connection {number} of account '{account}' for {seconds} s ({state})"
                for number, account, seconds, state in rows[:_MOST_NAMED]
            )
            more = len(rows) - _MOST_NAMED
            return named + (f" and {more} more" if more > 0 else "")
    return "this account may not see by whom; ask an administrator for SHOW PROCESSLIST"
