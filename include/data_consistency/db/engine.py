"""Engines: one place that decides how a session of ours behaves."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from sqlalchemy import URL, Connection, Engine, create_engine, event

from data_consistency.db import address
from data_consistency.db.server import Server, parse, server_of
from data_consistency.db.sql import PROJECT, ZONE
from data_consistency.project import Project

# The driver hands out bits as bytes, which no server takes back as a value of the same column.
_CONVERSIONS = {**conversions, FIELD_TYPE.BIT: lambda bits: int.from_bytes(bits, "big")}
# To wait for a free connection, where nobody is in a hurry.
_POOL_SECONDS = 30.0
# Of a client's patience, what a statement may take on the server.
_SOONER = 0.75


def make_engine(
    url: str | URL,
    project: Project,
    *,
    zone: ZoneInfo | None = None,
    pool_size: int = 5,
    connect_timeout_seconds: int = 10,
    patience_seconds: float | None = None,
    where: str = "CONSISTENCY_DB_URL",
) -> Engine:
    """An engine for the operational database: UTC sessions, READ COMMITTED, strict mode, utf8mb4.

    Args:
        url: with a schema.
        project: whose statements its connections run.
        zone: of the business; None: the default of the settings.
        pool_size: connections that are kept.
        connect_timeout_seconds: to wait for a connection.
        patience_seconds: to wait for a connection and for each answer; None: as long as an answer takes.
        where: how errors call the URL.

    Raises:
        ConfigurationError: the URL is not a `mysql+pymysql://` URL with a schema, or an option of it cannot be.
    """
    place = address.checked(url, where)
    engine = create_engine(
        place,
        pool_size=pool_size,
        pool_timeout=_POOL_SECONDS if patience_seconds is None else patience_seconds,
        pool_pre_ping=True,
        pool_recycle=1800,
        # Every transaction of ours ends by itself, and one that a reader began ends with its connection: to roll back
        # once more what is over would cost a trip each time.
        pool_reset_on_return=None,
        isolation_level=None,
        execution_options={PROJECT: project, ZONE: zone},
        connect_args={
            "conv": _CONVERSIONS,
            **_without_tls(place),
            **({"connect_timeout": connect_timeout_seconds} if patience_seconds is None else _limits(patience_seconds)),
        },
    )
    event.listen(engine, "connect", _preparing(patience_seconds), insert=True)
    return engine


def make_quick_engine(
    url: str | URL,
    project: Project,
    *,
    zone: ZoneInfo,
    patience_seconds: float = 2.0,
    pool_size: int = 4,
    most: int = 32,
) -> Engine:
    """An engine for single statements in somebody's way: each commits itself, costs one trip and gives up soon.

    A connection that died in the pool is not noticed before it is used; the caller repeats once.

    Args:
        url: with a schema.
        project: whose statements its connections run.
        zone: of the business; UTC, where it is for tables of ours alone.
        patience_seconds: to wait for a connection and for each answer; the server gives up a little sooner.
        pool_size: connections that are kept.
        most: connections at once; who finds none free waits.

    Raises:
        ConfigurationError: the URL is not a `mysql+pymysql://` URL with a schema.
    """
    place = address.checked(url, "CONSISTENCY_DB_URL")
    engine = create_engine(
        place,
        pool_size=pool_size,
        max_overflow=max(0, most - pool_size),
        pool_timeout=patience_seconds,
        pool_recycle=1800,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        execution_options={PROJECT: project, ZONE: zone},
        connect_args={"conv": _CONVERSIONS, **_without_tls(place), **_limits(patience_seconds)},
    )
    # First of all: SQLAlchemy asks the session how names are quoted, and the server's own mode may be another.
    event.listen(engine, "connect", _preparing(patience_seconds), insert=True)
    return engine


def _without_tls(place: URL) -> dict[str, bool]:
    # A socket of this machine needs none, and the driver would read all authorities of the system before each connect.
    wanted = "unix_socket" in place.query and not any(option.startswith("ssl_") for option in place.query)
    return {"ssl_disabled": True} if wanted else {}


def _limits(seconds: float) -> dict[str, float]:
    return dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), seconds)


def prepare(connection: Connection, project: Project, zone: ZoneInfo | None = None) -> None:
    """Make a session that another library opened behave like one of ours."""
    connection.execution_options(**{PROJECT: project, ZONE: zone})
    connection.exec_driver_sql(server_of(connection).session())


def _preparing(patience_seconds: float | None) -> Callable[[object, object], None]:
    def prepare_session(dbapi_connection: object, _record: object) -> None:
        cursor = dbapi_connection.cursor()  # type: ignore[attr-defined]  # a PyMySQL connection
        try:
            cursor.execute("SELECT VERSION()")
            server = parse(str(cursor.fetchone()[0]))
            cursor.execute(server.session() + _time_limit(server, patience_seconds))
        finally:
            cursor.close()

    return prepare_session


def _time_limit(server: Server, patience_seconds: float | None) -> str:
    """The server gives up before the client does, or it would go on for nobody."""
    if patience_seconds is None:
        return ""
    seconds = _SOONER * patience_seconds
    waits = f"SESSION innodb_lock_wait_timeout = {max(1, round(seconds))}"
    return f", SESSION {server.time_limit(seconds)}, {waits}"
