"""Columns that the rules compare with each other, and whose orders of letters the server cannot bring together.

In a condition that joins a table to the facts of another, that costs every rule of those facts, so it is refused before
anything is changed; elsewhere it costs the rules that compare them.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from sqlalchemy.engine import Connection
from sqlglot import exp

from data_consistency.db import sql
from data_consistency.project import Project
from data_consistency.rules.facts import load_facts
from data_consistency.rules.parsing import aliases_of, parse_select
from data_consistency.schema.catalogue import Columns, columns_of

Key = tuple[str, str]  # table and column
_OURS = "consistency_"
# Gives way to every other order of the same letters.
_OF_BYTES = "_bin"


def differing(project: Project, columns: Columns) -> list[str]:
    """A line for each column that joins tables and cannot be compared with its other side, with what to do about it."""
    pairs = [pair for pair in sorted(_joined(project)) if _is_apart(columns, *pair)]
    lines = {}
    for left, right in pairs:
        wrong, other = sorted((left, right), key=lambda key: _commonness(columns, key))
        collation = columns[other].collation
        lines[wrong[0]] = (
            f"{'.'.join(wrong)} is in {columns[wrong].collation}, and {'.'.join(other)}, which joins it, in"
            f" {collation}; ALTER TABLE {wrong[0]} CONVERT TO CHARACTER SET utf8mb4 COLLATE {collation}"
        )
    return list(lines.values())


def look(connection: Connection) -> list[str]:
    """The same for a schema as it is."""
    project = sql.project_of(connection)
    return differing(project, columns_of(connection, {table for pair in _joined(project) for table, _ in pair}))


def _is_apart(columns: Columns, left: Key, right: Key) -> bool:
    found = [columns[key].collation for key in (left, right) if key in columns]
    orders = {name for name in found if name is not None and not name.endswith(_OF_BYTES)}
    return len(found) == len((left, right)) and len(orders) > 1


def _commonness(columns: Columns, key: Key) -> int:
    """How many columns have the order of letters of this one: the rarer is the one to change."""
    return Counter(column.collation for column in columns.values())[columns[key].collation]


@lru_cache(maxsize=4)
def _joined(project: Project) -> frozenset[tuple[Key, Key]]:
    """Pairs of columns of the source by which the facts join tables."""
    return frozenset(pair for name in project.names("facts") for pair in _joined_in(project, name))


def _joined_in(project: Project, name: str) -> Iterator[tuple[Key, Key]]:
    where = f"sql/facts/{name}.sql"
    select = parse_select(load_facts(project, name).sql, where)
    tables = aliases_of(select, where)
    for join in select.args.get("joins", ()):
        for equal in join.find_all(exp.EQ):
            sides = (equal.left, equal.right)
            if all(isinstance(side, exp.Column) and side.table in tables for side in sides):
                left, right = sorted((tables[side.table], side.name) for side in sides)
                if not any(table.startswith(_OURS) for table, _ in (left, right)):
                    yield left, right
