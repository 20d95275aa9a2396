"""What would stop a migration half-way, or harm the application: all of it told before anything is changed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.engine import Connection
from sqlglot import exp

from data_consistency.db import sql
from data_consistency.errors import SchemaNotReady
from data_consistency.project import Project
from data_consistency.rules.facts import load_facts
from data_consistency.rules.parsing import aliases_of, parse_select
from data_consistency.schema import collations, inventory, mapped_views, trigger_files
from data_consistency.schema.additions import SOURCE_TABLES
from data_consistency.schema.catalogue import Columns, columns_of

_NEEDED = ("id", "company_id")
_LETTERS = "utf8mb4"
_COLLATED = re.compile(r"\b(?:NEW|OLD)\.(\w+)\)* COLLATE utf8mb4")
# So many columns of a table are named; the remedy is the same for all of them.
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    project: Project
    columns: Columns
    engines: Mapping[str, str | None]  # None: a view
    tables: tuple[str, ...]  # of the source, as far as they are tables
    with_triggers: bool
    is_new: bool


def require(connection: Connection, *, with_triggers: bool, is_new: bool) -> None:
    """Refuse a schema that a migration could not finish, with everything that is in its way.

    Args:
        connection: to the schema.
        with_triggers: whether triggers are wanted.
        is_new: whether nothing of ours is there yet.

    Raises:
        SchemaNotReady: names tables and columns, and what to do about each.
    """
    project = sql.project_of(connection)
    engines = {str(row.name): None if row.is_view else str(row.engine) for row in sql.run(connection, "tables_here")}
    views = mapped_views.source_views(connection)
    here = _Here(
        project=project,
        columns=columns_of(connection, engines),
        engines=engines,
        tables=tuple(table for table in SOURCE_TABLES if table not in views),
        with_triggers=with_triggers and not views,
        is_new=is_new,
    )
    refusals = [
        *_missing(here),
        *_engines(here),
        *_letters(here),
        *(() if views else collations.differing(project, here.columns)),
        *_taken(here),
    ]
    if refusals:
        raise SchemaNotReady("nothing was changed: " + "; ".join(refusals))


def _missing(here: _Here) -> Iterator[str]:
    for table in SOURCE_TABLES:
        for column in _NEEDED:
            if (table, column) not in here.columns:
                yield f"source column {table}.{column} is missing; migrate in the schema that holds it"
    if not here.with_triggers:
        return
    for table, column in sorted(trigger_files.needed(here.project)):
        if (table, column) not in here.columns and (table, "id") in here.columns and column not in _NEEDED:
            yield f"{table}.{column} is missing, which the triggers read; migrate --without-triggers"


def _engines(here: _Here) -> Iterator[str]:
    for table in here.tables:
        engine = here.engines.get(table)
        if engine is not None and engine.lower() != "innodb":
            yield f"table {table} is kept by {engine}, which knows no transactions; ALTER TABLE {table} ENGINE = InnoDB"


def _letters(here: _Here) -> Iterator[str]:
    """Columns whose codes cannot be compared as the rules compare them; the rules are read where there is one alone."""
    others = {
        key: found.character_set
        for key, found in here.columns.items()
        if key[0] in here.tables and found.character_set not in (None, _LETTERS)
    }
    used = sorted(key for key in others if key in _collated(here.project)) if others else []
    for table in here.tables:
        columns = [column for name, column in used if name == table]
        if columns:
            named = ", ".join(f"{table}.{column}" for column in columns[:_MOST_NAMED])
            more = f" and {len(columns) - _MOST_NAMED} more" if len(columns) > _MOST_NAMED else ""
            kinds = ", ".join(sorted({str(others[table, column]) for column in columns}))
            yield (
                f"{named}{more} hold {kinds}, and the rules compare codes in {_LETTERS};"
                f" ALTER TABLE {table} CONVERT TO CHARACTER SET {_LETTERS} COLLATE utf8mb4_unicode_ci"
            )


def _taken(here: _Here) -> Iterator[str]:
    """Tables of somebody else under our names, which would be taken for ours."""
    if not here.is_new:
        return
    for table in inventory.own_tables(here.project).values():
        lacking = [
            part.name for part in table.parts if part.kind == "column" and (table.name, part.name) not in here.columns
        ]
        firsts = [name for name in lacking if any(p.name == name and p.since == table.since for p in table.parts)]
        if table.name in here.engines and firsts:
            yield (
                f"a table {table.name} is there already and is not ours, it has no column {firsts[0]};"
                " rename it, or adopt another schema"
            )


@lru_cache(maxsize=4)
def _collated(project: Project) -> frozenset[tuple[str, str]]:
    """(table, column) pairs whose texts facts and triggers compare letter by letter."""
    found: set[tuple[str, str]] = set()
    for name in project.names("facts"):
        where = f"sql/facts/{name}.sql"
        select = parse_select(load_facts(project, name).sql, where)
        tables = aliases_of(select, where)
        for collated in select.find_all(exp.Collate):
            named = ((tables.get(column.table), column.name) for column in collated.find_all(exp.Column))
            found |= {(table, column) for table, column in named if table is not None}
    for trigger in trigger_files.read(project, {}):
        found |= {(trigger.table, column) for column in _COLLATED.findall(trigger.body)}
    return frozenset(found)
