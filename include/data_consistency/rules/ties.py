"""What the text of facts says of tables: which of them a column reads, and what ties them to each other."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from sqlglot import exp

from data_consistency.rules.facts import Facts
from data_consistency.rules.parsing import aliases_of, parse_select

_CLOCK = re.compile(r"now|week_\d")


@lru_cache(maxsize=32)
def tables_of(facts: Facts) -> Mapping[str, frozenset[str]]:
    """The tables that each column of the facts reads."""
    return {name: frozenset(table for _, table in found) for name, found in _sources_of(facts).items()}


@lru_cache(maxsize=32)
def clocks_of(facts: Facts) -> frozenset[str]:
    """Columns of the facts that the clock changes."""
    select = tree_of(facts)
    return frozenset(
        projection.alias_or_name
        for projection in select.selects
        if any(_CLOCK.fullmatch(item.name) for item in projection.find_all(exp.Placeholder))
    )


def _sources_of(facts: Facts) -> dict[str, set[tuple[str, str]]]:
    tables = aliases_of(tree_of(facts), f"sql/facts/{facts.table}.sql")
    return {
        name: {(alias, tables[alias]) for alias in named if tables.get(alias)}
        for name, named in aliases_of_columns(facts).items()
    }


@lru_cache(maxsize=32)
def aliases_of_columns(facts: Facts) -> Mapping[str, frozenset[str]]:
    """The aliases that each column of the facts speaks of, and those by way of which they are found."""
    select = tree_of(facts)
    joined = {join.this.alias_or_name: join for join in select.args.get("joins") or []}
    found: dict[str, frozenset[str]] = {}
    for projection in select.selects:
        named: set[str] = set()
        more = _named(projection)
        while more - named:
            # A joined table is found by way of others.
            ways = [joined[alias] for alias in more - named if alias in joined]
            named |= more
            more = set().union(*(_named(way) for way in ways))
        found[projection.alias_or_name] = frozenset(named)
    return found


def _named(node: exp.Expr) -> set[str]:
    """Aliases that an expression or a join speaks of."""
    aliases = {table.alias_or_name for table in node.find_all(exp.Table)}
    return aliases | {column.table for column in node.find_all(exp.Column) if column.table}


def equalities(facts: Facts, alias: str) -> Iterator[tuple[exp.Column, exp.Column]]:
    """Pairs of columns, the first one of the alias, that must be equal wherever the alias is read."""
    for own, pairs in _scopes(facts):
        if alias not in own:
            continue
        for one, other in pairs:
            if one.table == alias and other.table != alias:
                yield one, other
            elif other.table == alias and one.table != alias:
                yield other, one


def _equal_columns(condition: exp.Expr) -> Iterator[tuple[exp.Column, exp.Column]]:
    for term in terms_of(condition):
        if isinstance(term, exp.EQ) and isinstance(term.left, exp.Column) and isinstance(term.right, exp.Column):
            yield term.left, term.right


def terms_of(node: exp.Expr | None) -> Iterator[exp.Expr]:
    """What must hold all together, for a condition to hold; nothing, where there is none."""
    if isinstance(node, exp.Paren):
        yield from terms_of(node.this)
    elif isinstance(node, exp.And):
        yield from terms_of(node.left)
        yield from terms_of(node.right)
    elif node is not None:
        yield node


def own_tables(select: exp.Select) -> dict[str, str]:
    """Tables that stand in FROM and JOIN of one SELECT, by alias."""
    clauses = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    found = (clause.this for clause in clauses if clause is not None)
    return {table.alias_or_name: table.name for table in found if isinstance(table, exp.Table) and table.name}


@lru_cache(maxsize=32)
def tree_of(facts: Facts) -> exp.Select:
    """The tree of a facts file, which nobody changes here."""
    return parse_select(facts.sql, f"sql/facts/{facts.table}.sql")


@lru_cache(maxsize=32)
def _scopes(facts: Facts) -> tuple[tuple[frozenset[str], tuple[tuple[exp.Column, exp.Column], ...]], ...]:
    """Of every SELECT of a facts file the aliases of its own, and the pairs of columns that must be equal in it."""
    return tuple(
        (frozenset(own_tables(select)), tuple(_equal_in(select))) for select in tree_of(facts).find_all(exp.Select)
    )


def _equal_in(select: exp.Select) -> Iterator[tuple[exp.Column, exp.Column]]:
    for join in select.args.get("joins") or []:
        if join.args.get("on") is not None:
            yield from _equal_columns(join.args["on"])
    if select.args.get("where"):
        yield from _equal_columns(select.args["where"].this)


def root_of(facts: Facts) -> str:
    """Alias of the table itself."""
    return facts.id_sql.split(".")[0]
