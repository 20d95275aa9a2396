"""Facts that stream by GROUP BY, over columns that a mapping computes.

At the end of a group MariaDB evaluates what a subquery asks of the outer row. A plain column has been kept until then;
a computed one is computed anew from the row just read, the first of the next group. An aggregate is kept.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from sqlglot import exp

from data_consistency.rules.facts import Facts
from data_consistency.rules.parsing import parse_select


@lru_cache(maxsize=32)
def steady(facts: Facts, computed: frozenset[tuple[str, str]]) -> Facts:
    """The facts with what subqueries ask of computed columns put into MAX(), which is the value of the one row.

    Args:
        facts: of a table.
        computed: (table, column) pairs that a view computes.
    """
    if not computed:
        return facts
    text = facts.sql
    select = parse_select(text, f"sql/facts/{facts.table}.sql")
    if not select.args.get("group"):
        return facts
    spans = sorted(_span(column) for column in _asked(select, computed))
    for start, end in reversed(spans):
        text = f"{text[:start]}MAX({text[start:end]}){text[end:]}"
    return replace(facts, sql=text)


def _asked(select: exp.Select, computed: frozenset[tuple[str, str]]) -> Iterator[exp.Column]:
    """Computed columns of the outer row that stand within a subquery."""
    tables = _sources(select)
    for column in select.find_all(exp.Column):
        if (tables.get(column.table), column.name) in computed and _is_asked_by_subquery(column, select):
            yield column


def _is_asked_by_subquery(column: exp.Column, select: exp.Select) -> bool:
    is_within, node = False, column.parent
    if isinstance(node, exp.Max):
        return False
    while node is not None and node is not select:
        if isinstance(node, exp.Select):
            if column.table in _sources(node):
                return False
            is_within = True
        elif is_within and isinstance(node, exp.AggFunc):
            # Evaluated row by row, not at the end of the group.
            return False
        node = node.parent
    return is_within


def _sources(select: exp.Select) -> dict[str, str]:
    clauses = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    return {clause.this.alias_or_name: clause.this.name for clause in clauses if clause is not None}


def _span(column: exp.Column) -> tuple[int, int]:
    return column.args["table"].meta["start"], column.this.meta["end"] + 1
