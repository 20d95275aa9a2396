"""Statements live in files under sql/; Python holds their names and parameters.

Each file: a first comment line saying what and why, then one statement with `:named` parameters. `:ids` style
parameters that are given a sequence expand to a bracketed list. Expressions that several files share stand in
`sql/functions/` and are put in their place while a file is read (`functions.py`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, CursorResult, TextClause, bindparam, text
from sqlalchemy.engine import Connection

from data_consistency.config import project_root
from data_consistency.db import functions
from data_consistency.errors import InvalidRule

QUERIES = "queries"


@lru_cache(maxsize=256)
def read_sql(path: Path) -> str:
    """Text of one SQL file, with its calls of shared expressions replaced by the expressions.

    Raises:
        InvalidRule: the file does not exist or is not UTF-8, or calls a shared expression wrongly.
    """
    try:
        text = path.read_text(encoding="utf-8").strip().rstrip(";")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRule(f"sql/{path.parent.name}/{path.name}: cannot be read ({error})") from error
    return functions.expand(text, f"sql/{path.parent.name}/{path.name}")


@lru_cache(maxsize=256)
def query(name: str) -> str:
    """Text of `sql/queries/<name>.sql`."""
    return read_sql(project_root() / "sql" / QUERIES / f"{name}.sql")


def statement(sql: str, params: Mapping[str, object]) -> TextClause:
    """A statement whose sequence parameters expand to lists."""
    expanding: list[BindParameter[object]] = [
        bindparam(key, expanding=True) for key, value in params.items() if isinstance(value, list | tuple)
    ]
    return text(sql).bindparams(*expanding) if expanding else text(sql)


@lru_cache(maxsize=256)
def _prepared(name: str, lists: frozenset[str]) -> TextClause:
    """A statement that is parsed once a process: that costs more than sending it."""
    return text(query(name)).bindparams(*(bindparam(key, expanding=True) for key in sorted(lists)))


def run(connection: Connection, name: str, /, **params: object) -> CursorResult[*tuple[Any, ...]]:
    """Execute `sql/queries/<name>.sql` with its parameters."""
    lists = frozenset(key for key, value in params.items() if isinstance(value, list | tuple))
    return connection.execute(_prepared(name, lists), params)


def run_many(connection: Connection, name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Execute an INSERT of `sql/queries/` for many rows, in as few trips as the server's packets allow.

    PyMySQL sends row by row what does not begin with the word INSERT, so the comment stays behind. For the same reason
    VALUES holds parameters alone, no constants, and what follows ON DUPLICATE KEY holds none.
    """
    if rows:
        insert = query(name)
        connection.execute(text(insert[insert.index("INSERT") :]), list(rows))
