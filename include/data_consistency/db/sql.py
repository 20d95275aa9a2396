"""Statements live in files under sql/; Python holds their names and parameters.

Each file: a first comment line saying what and why, then one statement with `:named` parameters. `:ids` style
parameters that are given a sequence expand to a bracketed list. Expressions that several files share stand in
`sql/functions/` and are put in their place while a file is read (`functions.py`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, TextClause, bindparam, text
from sqlalchemy.engine import Connection

from data_consistency import config
from data_consistency.project import Project
from data_consistency.rules.functions import read_sql
from data_consistency.rules.wall_times import WallTimes, wall_times

QUERIES = "queries"
# Name of the option of an engine, and of its connections, that holds the project.
PROJECT = "consistency_project"
# Name of the option that holds the time zone of the business; without it that of the settings' default.
ZONE = "consistency_zone"
_UTC = "UTC"  # nothing is to be converted, so that nothing is asked
_WALL_TIMES = "consistency_wall_times"
_ABOUT_COLUMNS = frozenset({"wall_times", "columns_of_tables"})


def project_of(connection: Connection) -> Project:
    """The project whose statements a connection runs; the engine was made with it."""
    project = connection.get_execution_options()[PROJECT]
    assert isinstance(project, Project)
    return project


def zone_of(connection: Connection) -> ZoneInfo:
    """The time zone of the business whose database a connection leads to."""
    zone = connection.get_execution_options().get(ZONE)
    return zone if isinstance(zone, ZoneInfo) else config.zone(ZONE, None)


def query(project: Project, name: str) -> str:
    """Text of `sql/queries/<name>.sql`."""
    return read_sql(project, QUERIES, name)


def execute(connection: Connection, sql: str, params: Mapping[str, object]) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement that was put together from files, with its parameters; a sequence expands to a list."""
    walls = walls_of(connection)
    return connection.execute(_statement(_converted(sql, walls), _lists(params)), params)


def run(connection: Connection, name: str, /, **params: object) -> CursorResult[*tuple[Any, ...]]:
    """Execute `sql/queries/<name>.sql` with its parameters."""
    walls = None if name in _ABOUT_COLUMNS else walls_of(connection)
    return connection.execute(_prepared(project_of(connection), name, _lists(params), walls), params)


def walls_of(connection: Connection) -> WallTimes | None:
    """Which columns of the source keep wall times, and its clocks; None: nothing is to be converted.

    The database is asked once a connection, and none is kept for long.
    """
    zone = zone_of(connection)
    known: tuple[ZoneInfo, WallTimes | None] | None = connection.info.get(_WALL_TIMES)
    if known is None or known[0] is not zone:
        known = connection.info[_WALL_TIMES] = (zone, _ask_walls(connection, zone))
    return known[1]


def _ask_walls(connection: Connection, zone: ZoneInfo) -> WallTimes | None:
    if zone.key == _UTC:
        return None
    tables = sorted({str(table) for table, _ in run(connection, "wall_times")})
    if not tables:
        return None
    rows = run(connection, "columns_of_tables", tables=tables)
    return wall_times(zone, tuple((str(row[0]), str(row[1]), bool(row[2]), bool(row[3])) for row in rows))


def _lists(params: Mapping[str, object]) -> frozenset[str]:
    return frozenset(key for key, value in params.items() if isinstance(value, list | tuple))


def _statement(sql: str, lists: frozenset[str]) -> TextClause:
    return text(sql).bindparams(*(bindparam(key, expanding=True) for key in sorted(lists)))


@lru_cache(maxsize=512)
def _prepared(project: Project, name: str, lists: frozenset[str], walls: WallTimes | None) -> TextClause:
    """A statement that is parsed once a process: that costs more than sending it."""
    return _statement(_converted(query(project, name), walls), lists)


def _converted(sql: str, walls: WallTimes | None) -> str:
    if walls is None:
        return sql
    # Few sources need it, and who books waits for no parser.
    from data_consistency.rules.converting import in_utc

    return in_utc(sql, walls)


def run_many(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Execute an INSERT of `sql/queries/` for many rows, in as few trips as the server's packets allow.

    PyMySQL sends row by row what does not begin with the word INSERT, so the comment stays behind. For the same reason
    VALUES holds parameters alone, no constants, and what follows ON DUPLICATE KEY holds none.
    """
    if rows:
        insert = query(project_of(connection), name)
        connection.execute(text(insert[insert.index("INSERT") :]), list(rows))
