"""Statements live in files under sql/; Python holds their names and parameters.

Each file: a first comment line saying what and why, then one statement with `:named` parameters. `:ids` style
parameters that are given a sequence expand to a bracketed list. Expressions that several files share stand in
`sql/functions/` and are put in their place while a file is read (`functions.py`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, CursorResult, TextClause, bindparam, text
from sqlalchemy.engine import Connection

from data_consistency import config
from data_consistency.project import Project
from data_consistency.rules.functions import read_sql

QUERIES = "queries"
# Name of the option of an engine, and of its connections, that holds the project.
PROJECT = "consistency_project"
# Name of the option that holds the time zone of the business; without it that of the settings' default.
ZONE = "consistency_zone"


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


def statement(sql: str, params: Mapping[str, object]) -> TextClause:
    """A statement whose sequence parameters expand to lists."""
    expanding: list[BindParameter[object]] = [
        bindparam(key, expanding=True) for key, value in params.items() if isinstance(value, list | tuple)
    ]
    return text(sql).bindparams(*expanding) if expanding else text(sql)


@lru_cache(maxsize=512)
def _prepared(project: Project, name: str, lists: frozenset[str]) -> TextClause:
    """A statement that is parsed once a process: that costs more than sending it."""
    return text(query(project, name)).bindparams(*(bindparam(key, expanding=True) for key in sorted(lists)))


def run(connection: Connection, name: str, /, **params: object) -> CursorResult[*tuple[Any, ...]]:
    """Execute `sql/queries/<name>.sql` with its parameters."""
    lists = frozenset(key for key, value in params.items() if isinstance(value, list | tuple))
    return connection.execute(_prepared(project_of(connection), name, lists), params)


def run_many(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Execute an INSERT of `sql/queries/` for many rows, in as few trips as the server's packets allow.

    PyMySQL sends row by row what does not begin with the word INSERT, so the comment stays behind. For the same reason
    VALUES holds parameters alone, no constants, and what follows ON DUPLICATE KEY holds none.
    """
    if rows:
        insert = query(project_of(connection), name)
        connection.execute(text(insert[insert.index("INSERT") :]), list(rows))
