"""Schemas that tests use one after the other: made once, left as they were made.

To make one costs a hundred statements that change a schema, and most tests change rows alone. After a test the tables,
views and triggers that it made are dropped, and its schema is compared with what it was: tables, columns, indexes,
constraints, views and triggers. One that differs is dropped; of the others the tables with other rows, or with another
next number, are emptied and filled as they were.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql
from pymysql.constants import ER

from consistency_sandbox.servers import private

PREFIX = "dc_test_"

_Cursor = pymysql.cursors.Cursor
_Row = tuple[Any, ...]

_HERE = " WHERE {} = DATABASE() ORDER BY 1, 2, 3"
_COLUMNS = (
    "SELECT table_name, column_name, ordinal_position, column_type, column_default, is_nullable, extra,"
    " generation_expression, collation_name FROM information_schema.columns" + _HERE.format("table_schema")
)
_TABLES = (
    "SELECT table_name, table_type, engine, table_collation, create_options FROM information_schema.tables"
    + _HERE.format("table_schema")
)
_MORE = (
    "SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part FROM information_schema.statistics"
    + _HERE.format("table_schema"),
    "SELECT table_name, constraint_name, constraint_type FROM information_schema.table_constraints"
    + _HERE.format("table_schema"),
    "SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement,"
    " definer FROM information_schema.triggers" + _HERE.format("trigger_schema"),
    "SELECT table_name, view_definition, definer FROM information_schema.views" + _HERE.format("table_schema"),
    "SELECT routine_name, routine_type, definer FROM information_schema.routines" + _HERE.format("routine_schema"),
)
_TRIGGERS = 2  # where they stand among these
_COUNTERS = "SELECT table_name, auto_increment FROM information_schema.tables WHERE table_schema = DATABASE()"
_PREPARE = (
    "SET SESSION time_zone = '+00:00', SESSION foreign_key_checks = 0, SESSION lock_wait_timeout = 30,"
    " SESSION sql_mode = '', @consistency_triggers = 'off'"
)
# MySQL otherwise tells the next numbers of yesterday.
_PREPARE_MYSQL = ", SESSION information_schema_stats_expiry = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """What a test could change of a schema."""

    structure: tuple[tuple[_Row, ...], ...]
    objects: dict[str, frozenset[str]]  # names of triggers, views and tables, in the order in which they can be dropped
    columns: dict[str, str]  # of each table, those that can be written
    counters: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A schema as it was made."""

    name: str
    state: _State
    rows: dict[str, tuple[_Row, ...]]


class Schemas:
    """The schemas of a test session; each is used by one test at a time."""

    def __init__(self) -> None:
        self._free: dict[tuple[str, str], list[_Made]] = {}

    @contextmanager
    def use(self, server: private.Server, sort: str, make: Callable[[str], None]) -> Iterator[str]:
        """URL of a schema as `make` makes it.

        Args:
            server: that holds it.
            sort: the name of what `make` makes; schemas of one sort are interchangeable.
            make: fills the empty schema of a URL.
        """
        free = self._free.setdefault((server.kind.name, sort), [])
        made = free.pop() if free else _make(server, make)
        yield server.url(made.name)
        with closing(_connect(server)) as connection, connection.cursor() as cursor:
            _end_sessions(cursor, made.name)
            if _restore(cursor, made):
                free.append(made)
            else:
                cursor.execute(f"DROP DATABASE IF EXISTS `{made.name}`")


def new_name() -> str:
    """A name of no schema."""
    return f"{PREFIX}{secrets.token_hex(6)}"


def drop_schema(server: private.Server, name: str) -> None:
    """Drop a schema made for a test, and no other."""
    assert name.startswith(PREFIX), name
    with closing(_connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def _make(server: private.Server, make: Callable[[str], None]) -> _Made:
    name = new_name()
    server.create_schema(name)
    make(server.url(name))
    with closing(_connect(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"USE `{name}`")
        state = _state(cursor)
        rows = {table: _all(cursor, f"SELECT {columns} FROM `{table}`") for table, columns in state.columns.items()}
    return _Made(name=name, state=state, rows=rows)


def _restore(cursor: _Cursor, made: _Made) -> bool:
    """Leave the schema as it was made; False: it cannot be."""
    try:
        cursor.execute(f"USE `{made.name}`")
        found = _without_additions(cursor, _state(cursor), made.state)
        return found.structure == made.state.structure and all(
            _is_restored(cursor, made, table, found.counters[table]) for table in found.columns
        )
    except pymysql.MySQLError:
        return False


def _without_additions(cursor: _Cursor, found: _State, made: _State) -> _State:
    """Drop the triggers, tables and views that were not there; what was changed in place stays changed."""
    additions = [
        f"DROP {sort} `{name}`" for sort, names in found.objects.items() for name in sorted(names - made.objects[sort])
    ]
    for statement in additions:
        cursor.execute(statement)
    return _state(cursor) if additions else found


def _is_restored(cursor: _Cursor, made: _Made, table: str, counter: int) -> bool:
    rows, columns = made.rows[table], made.state.columns[table]
    read = f"SELECT {columns} FROM `{table}` LIMIT {len(rows) + 1}"
    if _all(cursor, read) == rows and counter == made.state.counters[table]:
        return True
    cursor.execute(f"TRUNCATE TABLE `{table}`")
    if not rows:
        return True
    marks = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO `{table}` ({columns}) VALUES ({marks})", rows)
    return _all(cursor, read) == rows  # triggers of the source may have had their say


def _end_sessions(cursor: _Cursor, name: str) -> None:
    """End what a test left open, or it would lock tables, or write behind the next one's back."""
    cursor.execute("SHOW PROCESSLIST")
    for session in [row[0] for row in cursor.fetchall() if row[3] == name]:
        try:
            cursor.execute("KILL %s", (session,))
        except pymysql.MySQLError as error:
            if error.args[0] != ER.NO_SUCH_THREAD:  # it was about to end by itself
                raise


def _state(cursor: _Cursor) -> _State:
    columns = _all(cursor, _COLUMNS)
    tables = _all(cursor, _TABLES)
    more = [_all(cursor, statement) for statement in _MORE]
    return _State(
        structure=(columns, tables, *more),
        objects={
            "TRIGGER": frozenset(row[0] for row in more[_TRIGGERS]),
            "VIEW": frozenset(row[0] for row in tables if row[1] == "VIEW"),
            "TABLE": frozenset(row[0] for row in tables if row[1] == "BASE TABLE"),
        },
        columns={
            table: ", ".join(f"`{row[1]}`" for row in columns if row[0] == table and not row[7])
            for table, sort, *_ in tables
            if sort == "BASE TABLE"
        },
        counters={table: counter or 1 for table, counter in _all(cursor, _COUNTERS)},
    )


def _all(cursor: _Cursor, statement: str) -> tuple[_Row, ...]:
    cursor.execute(statement)
    return tuple(cursor.fetchall())


def _connect(server: private.Server) -> "pymysql.Connection[_Cursor]":
    prepare = _PREPARE + (_PREPARE_MYSQL if server.kind.program == "mysqld" else "")
    return pymysql.connect(
        unix_socket=str(server.socket), user="root", autocommit=True, init_command=prepare, ssl_disabled=True
    )
