"""Transactions on a schema of ours, with the driver's errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data_consistency.db.marker import require_marker
from data_consistency.errors import DatabaseUnavailable, SchemaNotReady

_NO_SUCH_TABLE = 1146
_UNKNOWN_COLUMN = 1054
_INVALID_VIEW = 1356


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction on a schema of ours; driver errors become ours.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the database did not answer.
        SchemaNotReady: a table or column of ours is missing.
    """
    with translated(), engine.begin() as connection:
        require_marker(connection)
        yield connection


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Connection]:
    """One transaction on a schema of ours that is never committed.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the database did not answer.
        SchemaNotReady: a table or column of ours is missing.
    """
    with translated(), engine.connect() as connection:
        try:
            require_marker(connection)
            yield connection
        finally:
            connection.rollback()


@contextmanager
def translated() -> Iterator[None]:
    """What the driver says, as what the caller can do about it.

    Raises:
        DatabaseUnavailable: the database did not answer, or not in time.
        SchemaNotReady: a table or column of ours is missing.
    """
    try:
        yield
    except (OperationalError, ProgrammingError, InternalError) as error:
        raise _ours(error) from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("no connection to the database became free in time; repeat it later") from error


def _ours(error: DBAPIError) -> Exception:
    args: tuple[object, ...] = getattr(error.orig, "args", ())
    code = args[0] if args else None
    if code in {_NO_SUCH_TABLE, _UNKNOWN_COLUMN}:
        return SchemaNotReady(f"{str(args[1])[:200]}; run `consistency migrate`, it finishes what was begun")
    if code == _INVALID_VIEW:
        return SchemaNotReady(f"{str(args[1])[:200]}; the source has changed: run `consistency mapping create` again")
    return DatabaseUnavailable(f"the database did not answer as expected (error {code}); repeat the run later")
