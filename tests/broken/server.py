"""Broken states of the server and its settings."""

from datetime import datetime, timedelta

import pymysql

from data_consistency.health import server
from tests import worlds
from tests.broken.world import State, World


def _clock_apart(world: World) -> None:
    world.monkeypatch.setattr(server, "utc_now", lambda: datetime.now().astimezone() + timedelta(minutes=5))


def _many_connections(world: World) -> None:
    url = worlds.make_engine(world.url).url
    world.kept.extend(pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root") for _ in range(9))


def _long_transaction(world: World) -> None:
    url = worlds.make_engine(world.url).url
    kept = pymysql.connect(unix_socket=str(url.query["unix_socket"]), user="root", database=url.database)
    world.kept.append(kept)
    with kept.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE companies SET name = 'other' WHERE id = 1")
        cursor.execute("DO SLEEP(1.1)")
    world.monkeypatch.setattr(server, "_LONG_SECONDS", 0)


STATES = {
    "clocks are apart": State(
        sign="clock", said="300 s between this machine and the database", remedy="NTP", make=_clock_apart
    ),
    "the server takes no writes": State(
        sign="server writes",
        said="read only",
        remedy="read_only = 0",
        sql=("SET GLOBAL read_only = 1",),
        undo=("SET GLOBAL read_only = 0",),
    ),
    "statements must be small": State(
        sign="server packets",
        said="65536 bytes at most",
        remedy="max_allowed_packet",
        sql=("SET GLOBAL max_allowed_packet = 65536",),
        undo=("SET GLOBAL max_allowed_packet = 16777216",),
    ),
    "no connection is left": State(
        sign="server connections",
        said="of 10 in use",
        remedy="max_connections",
        sql=("SET GLOBAL max_connections = 10",),
        make=_many_connections,
        undo=("SET GLOBAL max_connections = 100",),
    ),
    "the server is not strict": State(
        sign="server sql_mode",
        said="not strict",
        remedy="STRICT_TRANS_TABLES",
        sql=("SET GLOBAL sql_mode = 'NO_ENGINE_SUBSTITUTION'",),
        undo=("SET GLOBAL sql_mode = DEFAULT",),
    ),
    "a transaction is open for long": State(
        sign="server transactions", said="open for over an hour: connection ", remedy="KILL ", make=_long_transaction
    ),
}
