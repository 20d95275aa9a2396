"""What is lost where a source lacks columns or whole tables: the facts that are left, and those that are not."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import sqlglot
from sqlalchemy.engine import Connection
from sqlglot import exp

from data_consistency.db import sql
from data_consistency.rules.facts import CHANGE_COLUMN, Facts, source_columns
from data_consistency.rules.grouped import steady
from data_consistency.rules.parsing import aliases_of, parse_select
from data_consistency.schema import mapped_views

_NO_ROWS = "(SELECT NULL AS nothing FROM DUAL WHERE FALSE)"
# NULL that is a text, so that it may be collated, and gives way to the collation of whatever it is compared with.
_NOTHING = "NULLIF('', '')"


def fit_to_schema(connection: Connection, facts: Facts) -> tuple[Facts, Mapping[str, frozenset[tuple[str, str]]]]:
    """The facts this generation of the source allows, and the facts that are lost, with the columns they lack."""
    facts = steady(facts, mapped_views.read(connection).computed)
    wanted = source_columns(facts)
    rows = sql.run(connection, "source_columns", tables=sorted({table for table, _ in wanted}))
    missing = frozenset(wanted - {(str(table), str(column)) for table, column in rows})
    if not missing:
        return facts, {}
    return without_columns(facts, missing)


@lru_cache(maxsize=32)
def without_columns(
    facts: Facts, missing: frozenset[tuple[str, str]]
) -> tuple[Facts, Mapping[str, frozenset[tuple[str, str]]]]:
    """The facts of a schema that lacks columns or whole tables, and the facts that are lost with them, each with why.

    A lost fact is NULL or false there, and rules reading it are not evaluated. The text is changed by token, never
    generated anew, so that what is left means what it meant. `missing` holds (table, column) pairs; a table of which
    every column is missing is read as one without rows.
    """
    where = f"sql/facts/{facts.table}.sql"
    select = parse_select(facts.sql, where)
    tables = aliases_of(select, where)
    gone = {(alias, column) for alias, table in tables.items() for name, column in missing if name == table}
    blind = _blind_joins(select, gone)
    lost = {}
    for projection in select.selects:
        why = set()
        for column in projection.find_all(exp.Column):
            why |= blind.get(column.table, set())
            if (column.table, column.name) in gone and column.name != CHANGE_COLUMN:
                why.add((column.table, column.name))
        if why:
            lost[projection.alias_or_name] = frozenset((tables[alias], column) for alias, column in why)
    absent = {table for table, _ in missing} - {table for table, _ in source_columns(facts) - missing}
    text = _replace_tables(_replace_columns(facts.sql, gone), absent)
    return replace(facts, sql=text), lost


def _blind_joins(select: exp.Expr, gone: set[tuple[str, str]]) -> dict[str, set[tuple[str, str]]]:
    """Aliases of joined tables whose rows cannot be found, with the missing columns that would have found them."""
    blind = {}
    for join in select.find_all(exp.Join):
        columns = {(column.table, column.name) for column in join.find_all(exp.Column)}
        if why := columns & gone:
            blind[join.this.alias_or_name] = why
    return blind


def _replace_columns(text: str, gone: set[tuple[str, str]]) -> str:
    tokens = sqlglot.tokenize(text, dialect="mysql")
    for alias, dot, column in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        if dot.text == "." and (alias.text, column.text) in gone:
            stand_in = _business_time(alias.text, gone) if column.text == CHANGE_COLUMN else _NOTHING
            text = text[: alias.start] + stand_in + text[column.end + 1 :]
    return text


def _business_time(alias: str, gone: set[tuple[str, str]]) -> str:
    return f"{alias}.created_at" if (alias, "updated_at") in gone else f"{alias}.updated_at"


def _replace_tables(text: str, absent: set[str]) -> str:
    tokens = sqlglot.tokenize(text, dialect="mysql")
    for before, table in reversed(list(pairwise(tokens))):
        if table.text in absent and before.text.upper() in {"FROM", "JOIN"}:
            text = f"{text[: table.start]}{_NO_ROWS}{text[table.end + 1 :]}"
    return text
