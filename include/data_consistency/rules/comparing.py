"""Which rows of its own table a column compares with each other, read from the text of the facts."""

from collections.abc import Mapping
from functools import lru_cache

import sqlglot
from sqlglot import TokenType, exp

from data_consistency.rules.facts import Facts
from data_consistency.rules.ties import own_tables, root_of, tree_of


@lru_cache(maxsize=32)
def pairs_of(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """For columns that compare rows of the table, the SELECTs of the rows that given ones are compared with.

    Each is the subquery of the facts itself, asked for ids instead of a yes or no; what it asks of the outer row is
    joined to it.
    """
    select = tree_of(facts)
    found: dict[str, tuple[str, ...]] = {}
    for projection in select.selects:
        texts = tuple(
            _pair(facts, inner, alias)
            for inner in projection.find_all(exp.Select)
            for alias, table in own_tables(inner).items()
            if table == facts.table and _outer(inner) == {root_of(facts)}
        )
        if texts:
            found[projection.alias_or_name] = texts
    return found


def _pair(facts: Facts, inner: exp.Select, alias: str) -> str:
    root = root_of(facts)
    start, condition = _clauses(_text_of(facts.sql, inner))
    # The bracket closes on a line of its own: a clause may end in a comment.
    return (
        f"SELECT {alias}.id\nFROM {facts.table} AS {root}\nCROSS JOIN {start}"  # a facts file
        f"\nWHERE {root}.id IN :ids AND (\n{condition}\n)"
    )


def _text_of(sql: str, inner: exp.Select) -> str:
    """A subquery as the file has it: SQL that is generated anew may mean something else to another server."""
    places = [name.meta for name in inner.find_all(exp.Identifier) if "start" in name.meta]
    first, last = min(place["start"] for place in places), max(place["end"] for place in places)
    opened: list[int] = []
    around = (0, len(sql))
    for token in sqlglot.tokenize(sql, dialect="mysql"):
        if token.token_type is TokenType.L_PAREN:
            opened.append(token.start)
        elif token.token_type is TokenType.R_PAREN:
            begin = opened.pop()
            is_select = sql[begin + 1 : token.start].lstrip().upper().startswith("SELECT")
            if is_select and begin < first and last < token.start and begin > around[0]:
                around = (begin, token.start)
    return sql[around[0] + 1 : around[1]]


def _clauses(text: str) -> tuple[str, str]:
    """What stands after FROM and after WHERE of one SELECT."""
    depth = 0
    places: dict[TokenType, tuple[int, int]] = {}
    for token in sqlglot.tokenize(text, dialect="mysql"):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type in {TokenType.FROM, TokenType.WHERE}:
            places.setdefault(token.token_type, (token.start, token.end + 1))
    begin, end = places[TokenType.FROM][1], places.get(TokenType.WHERE, (len(text), len(text)))
    return text[begin : end[0]].strip(), text[end[1] :].strip() or "TRUE"


def _outer(inner: exp.Select) -> set[str]:
    """Aliases outside of a subquery that it asks."""
    within = {table.alias_or_name for table in inner.find_all(exp.Table, exp.Subquery)}
    return {column.table for column in inner.find_all(exp.Column) if column.table and column.table not in within}
