"""Transactions on a schema of ours: repeated as a whole where the cause passes, with the driver's errors as ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from data_consistency.db import server_errors
from data_consistency.db.marker import require_marker
from data_consistency.db.retrying import retry_transient
from data_consistency.db.server_errors import Kind
from data_consistency.errors import ConfigurationError, OutcomeUnknown
from data_consistency.logs import logger_of

_T = TypeVar("_T")
ATTEMPTS = 3
_FIRST_WAIT_SECONDS = 0.2
# Option of a connection whose transaction is always rolled back.
_ROLLED_BACK = "consistency_rolled_back"
# The run in which a connection has asked for the marker, by a token of its own.
_ASKED_IN = "consistency_asked_in"
_run: ContextVar[object | None] = ContextVar("_run", default=None)

logger = logger_of(__name__)


def repeated(
    engine: Engine, work: Callable[[Connection], _T], *, attempts: int = ATTEMPTS, within_seconds: float | None = None
) -> _T:
    """Do some work in one transaction; the whole of it again where the database undid it for a cause that passes.

    A commit that was not answered is never repeated: it may have been made.

    Args:
        engine: of a schema of ours.
        work: changes nothing but the database; what it returns is handed on.
        attempts: in all.
        within_seconds: after so long no further attempt is made, where somebody waits for the answer.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the cause did not pass; nothing was changed.
        OutcomeUnknown: the commit was not answered.
        DatabaseRefused: the database says no.
        SchemaNotReady: a table or column is missing.
    """

    def once() -> _T:
        with transaction(engine) as connection:
            return work(connection)

    return retry_transient(
        once,
        attempts=attempts,
        base_delay_seconds=_FIRST_WAIT_SECONDS,
        within_seconds=within_seconds,
        transient=server_errors.may_pass,
        noted=lambda error: logger.warning("transaction undone, it is repeated as a whole: %s", error),
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction on a schema of ours; driver errors become ours.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the database did not answer, or undid it for a cause that passes.
        OutcomeUnknown: the commit was not answered.
        DatabaseRefused: the database says no.
        SchemaNotReady: a table or column is missing.
    """
    with translated(), connected(engine) as connection:
        whole = connection.begin()
        try:
            _require_marker(connection)
            yield connection
        except BaseException:
            with cleaning_up(connection):
                whole.rollback()
            raise
        try:
            whole.commit()
        except SQLAlchemyError as error:
            if not server_errors.is_lost(error):
                raise
            raise OutcomeUnknown(
                f"the connection broke while the database committed (error {server_errors.code_of(error)}): the change"
                " may have been made or not; look before repeating it by hand, a run may be repeated as it is"
            ) from error


@contextmanager
def one_run() -> Iterator[None]:
    """Within this block a connection asks once whether the schema is ours, not in every transaction.

    It is for the steps of one run in one process, which take minutes: a schema that ceases to be ours meanwhile has
    lost its tables before its marker.
    """
    token = _run.set(object())
    try:
        yield
    finally:
        _run.reset(token)


def _require_marker(connection: Connection) -> None:
    run = _run.get()
    if run is None or connection.info.get(_ASKED_IN) is not run:
        require_marker(connection)
        connection.info[_ASKED_IN] = run


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Connection]:
    """One transaction on a schema of ours that is never committed.

    Raises:
        UnmarkedSchema: the schema does not carry our marker.
        DatabaseUnavailable: the database did not answer.
        DatabaseRefused: the database says no.
        SchemaNotReady: a table or column is missing.
    """
    with translated(), connected(engine) as connection:
        connection.execution_options(**{_ROLLED_BACK: True})
        try:
            require_marker(connection)
            yield connection
        finally:
            with cleaning_up(connection):
                connection.rollback()


def is_rolled_back(connection: Connection) -> bool:
    """Whether whatever is written here will be rolled back."""
    return bool(connection.get_execution_options().get(_ROLLED_BACK, False))


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One moment of a schema of ours, however long it is read; nothing is written. Errors as those of `transaction`."""
    with translated(), connected(engine) as connection:
        # Of the next transaction alone: the session is handed back as it was.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        try:
            require_marker(connection)
            yield connection
        finally:
            with cleaning_up(connection):
                connection.rollback()


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """A part of a transaction that can be taken back alone.

    After an error for which the server undid the whole transaction, its savepoints are gone with it; that error
    reaches the caller as it is, so that the whole is repeated.
    """
    part = connection.begin_nested()
    try:
        yield
    except BaseException as error:
        found = server_errors.driver_error(error) if isinstance(error, SQLAlchemyError) else None
        if found is None or server_errors.kind_of(found) is not Kind.PASSING:
            part.rollback()
        raise
    part.commit()


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection, and what keeps PyMySQL from making one as an error of ours.

    Raises:
        ConfigurationError: a library or a file that the connection needs is not there.
    """
    try:
        connection = engine.connect()
    except (RuntimeError, OSError) as error:
        # Not the driver's own errors: a way of signing in whose library is missing, a certificate that went away.
        raise ConfigurationError(
            f"the connection cannot be made ({type(error).__name__}: {error}); install or restore what it names"
        ) from error
    with connection:
        yield connection


@contextmanager
def cleaning_up(connection: Connection) -> Iterator[None]:
    """What is put right at the end, also after an error, which stays the one that is told.

    Where it cannot be, the connection is closed: its transaction, locks and variables end with it.
    """
    try:
        yield
    except SQLAlchemyError:
        connection.invalidate()


@contextmanager
def translated() -> Iterator[None]:
    """What the driver says, as what the caller can do about it.

    Raises:
        DatabaseUnavailable: the database did not answer, not in time, or undid the work for a cause that passes.
        DatabaseRefused: the database says no.
        SchemaNotReady: a table or column is missing.
    """
    try:
        yield
    except SQLAlchemyError as error:
        ours = server_errors.translated(error)
        if ours is None:
            raise
        raise ours from error
