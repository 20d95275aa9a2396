"""Signs of the database server: whether it takes writes, and settings by which work of ours would be refused."""

from collections.abc import Iterator

from sqlalchemy.engine import Connection

from data_consistency.config import utc_now
from data_consistency.db import sql
from data_consistency.db.server import require_supported, server_of
from data_consistency.detect import opening
from data_consistency.errors import ConfigurationError
from data_consistency.health.sign import Look, Word, fine, sign, unseen, wrong

_MOST_APART_SECONDS = 30
# A statement for many rows, or the body of a message.
_SMALLEST_PACKET = 1 << 20
_LONG_SECONDS = 3600
_MOST_CONNECTIONS = 0.9
_STRICT = frozenset({"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"})


@sign("server", "connect to a server of a version that docs/servers.md names")
def _server(look: Look) -> Iterator[Word]:
    """The server is older than what is added to the schema needs."""
    found = server_of(look.connection)
    try:
        require_supported(found)
    except ConfigurationError as error:
        yield wrong(str(error))
        return
    yield fine(str(found))


@sign("clock", "set both clocks by NTP")
def _clock(look: Look) -> Iterator[Word]:
    """This machine and the database's server are over 30 seconds apart: ages and windows are wrong by that."""
    server = sql.run(look.connection, "server_clock").scalar_one()
    apart = abs((server - utc_now().replace(tzinfo=None)).total_seconds())
    detail = f"{apart:.0f} s between this machine and the database"
    yield fine(detail) if apart <= _MOST_APART_SECONDS else wrong(detail)
    if columns := sql.run(look.connection, "wall_times").all():
        zone = sql.zone_of(look.connection).key
        yield fine(f"{len(columns)} DATETIME columns are read as times of {zone}", of="source")


@sign("server writes", "connect to the server that is written to, or `SET GLOBAL read_only = 0` there")
def _writes(look: Look) -> Iterator[Word]:
    """The server takes no writes: it is a replica, or somebody set `read_only`."""
    is_on = str(_variable(look.connection, "read_only")).upper() in {"1", "ON", "READ_ONLY", "READ_ONLY_NO_LOCK"}
    yield wrong("the server is read only") if is_on else fine("taken")


@sign("server binary log", "`SET GLOBAL binlog_format = 'ROW'` (or MIXED), also in the server's file")
def _binary_log(look: Look) -> Iterator[Word]:
    """It is written by statement, which refuses every write of a session that reads what is committed, as ours do."""
    is_on = str(_variable(look.connection, "log_bin")).upper() in {"1", "ON"}
    log_format = str(_variable(look.connection, "binlog_format") or "ROW").upper()
    if is_on and log_format == "STATEMENT":
        yield wrong("the binary log is written by statement (binlog_format)")
    else:
        yield fine(f"by {log_format.lower()}" if is_on else "none")


@sign("server packets", "`SET GLOBAL max_allowed_packet = 16777216`, also in the server's file")
def _packets(look: Look) -> Iterator[Word]:
    """The server refuses statements of a mebibyte, which a batch of rows or a message may need."""
    most = int(str(_variable(look.connection, "max_allowed_packet") or 0))
    yield wrong(f"{most} bytes at most in one statement") if most < _SMALLEST_PACKET else fine(f"{most} bytes")


@sign("server connections", "raise max_connections, or end sessions that nobody uses")
def _connections(look: Look) -> Iterator[Word]:
    """Nine of ten connections of the server are in use: the next run may find none."""
    used = int(next(value for _, value in sql.run(look.connection, "health_connections")))
    most = int(str(_variable(look.connection, "max_connections")))
    detail = f"{used} of {most} in use"
    yield wrong(detail) if used > _MOST_CONNECTIONS * most else fine(detail)


@sign("server sql_mode", "add STRICT_TRANS_TABLES to sql_mode of the server, or `--except 'server sql_mode'`")
def _sql_mode(look: Look) -> Iterator[Word]:
    """Values that do not fit are cut silently as the application writes them: its sessions are not strict."""
    modes = set(str(_variable(look.connection, "sql_mode")).upper().split(","))
    yield fine("strict") if modes & _STRICT else wrong("not strict for the application")


@sign("server transactions", "`GRANT PROCESS ON *.* TO` the checking account")
def _transactions(look: Look) -> Iterator[Word]:
    """A transaction has been open for over an hour: checks wait behind it (never bad where this account sees none)."""
    if not opening.sees_transactions(look.connection):
        yield unseen("those that run cannot be seen without PROCESS", "`GRANT PROCESS ON *.* TO` this account")
    elif rows := sql.run(look.connection, "health_transactions", seconds=_LONG_SECONDS).all():
        names = ", ".join(f"connection {thread} since {since:%Y-%m-%d %H:%M} UTC" for thread, since in rows[:3])
        yield wrong(f"open for over an hour: {names}", f"end it, or `KILL {rows[0][0]}`")
    else:
        yield fine("none is open for long")


def _variable(connection: Connection, name: str) -> object:
    """A setting of the whole server; None: it knows none of that name."""
    return next((value for _, value in sql.run(connection, "health_variable", name=name)), None)
