"""Facts that read no more than is asked of them: joins that no needed column speaks of are left out, as is grouping.

A facts file gives one row per entity, so a LEFT JOIN neither adds nor removes an entity: it finds one row at most, or
what it multiplies is grouped again. In a file that groups, only a join by the joined table's `id` surely finds one row;
any other stays beside an aggregate, which might count its rows. Without aggregates and without such joins there is
nothing to group. What cannot be told from the text stays as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import sqlglot
from sqlglot import TokenType, exp

from data_consistency.rules.facts import Facts
from data_consistency.rules.ties import own_tables, root_of, terms_of, tree_of

# Clauses that a facts file may have beside its list and still be understood here.
_UNDERSTOOD = frozenset({"kind", "expressions", "from", "from_", "joins", "where", "group"})
_BEGINS_JOIN = frozenset({TokenType.LEFT, TokenType.INNER, TokenType.CROSS, TokenType.JOIN, TokenType.STRAIGHT_JOIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Join:
    """One join of a facts file."""

    alias: str
    start: int  # of its text, counted from FROM
    is_left: bool
    is_single: bool  # it finds one row at most, by the `id` of its table
    speaks_of: frozenset[str]  # aliases


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What a facts file is made of behind its list of columns, and what each column needs of it."""

    text: str  # from FROM on
    joins: tuple[_Join, ...]
    where_start: int  # counted from FROM, as is the next
    group_start: int | None  # None: it does not group
    always: frozenset[str]  # aliases that the rest speaks of
    speaks_of: Mapping[str, frozenset[str]]  # aliases by column
    aggregates: frozenset[str]  # columns


@lru_cache(maxsize=512)
def lean(facts: Facts, needed: frozenset[str]) -> Facts:
    """The same rows with the needed columns alone, read from the tables alone that these speak of."""
    kept = facts.only(needed)
    shape = _shape(facts)
    if shape is None:
        return kept
    joins = _needed_joins(shape, kept)
    text = _text(shape, joins, is_grouped=_is_grouped(shape, kept, joins))
    return replace(kept, sql=kept.sql.removesuffix(shape.text) + text)


@lru_cache(maxsize=512)
def is_grouped(facts: Facts, needed: frozenset[str]) -> bool:
    """Whether rows must be grouped to have the needed columns, as far as that can be told."""
    kept, shape = facts.only(needed), _shape(facts)
    return shape is not None and _is_grouped(shape, kept, _needed_joins(shape, kept))


def _is_grouped(shape: _Shape, kept: Facts, joins: Sequence[_Join]) -> bool:
    if shape.group_start is None:
        return False
    return _is_aggregated(shape, kept) or not all(join.is_single for join in joins)


def _is_aggregated(shape: _Shape, kept: Facts) -> bool:
    return bool(shape.aggregates & set(kept.columns))


def _needed_joins(shape: _Shape, kept: Facts) -> tuple[_Join, ...]:
    may_count = shape.group_start is not None and _is_aggregated(shape, kept)
    stays = {join.alias for join in shape.joins if not join.is_left or (may_count and not join.is_single)}
    needed = shape.always.union(stays, *(shape.speaks_of[column] for column in kept.columns))
    # A joined table is found by way of those before it.
    for join in reversed(shape.joins):
        if join.alias in needed:
            needed |= join.speaks_of
    return tuple(join for join in shape.joins if join.alias in needed)


def _text(shape: _Shape, joins: Sequence[_Join], *, is_grouped: bool) -> str:
    starts = [join.start for join in shape.joins] + [shape.where_start]
    ends = dict(pairwise(starts))
    parts = [shape.text[: starts[0]], *(shape.text[join.start : ends[join.start]] for join in joins)]
    end = shape.group_start if not is_grouped else None
    return "".join(parts) + shape.text[shape.where_start : end]


@lru_cache(maxsize=32)
def _shape(facts: Facts) -> _Shape | None:
    """None: the text has something that is not understood here."""
    select = tree_of(facts)
    clauses = {name for name, value in select.args.items() if value}
    if clauses - _UNDERSTOOD or any(not column.table for column in select.find_all(exp.Column)):
        return None
    aliases = frozenset(own_tables(select)) | {join.this.alias_or_name for join in select.args.get("joins") or []}
    starts = _starts(facts)
    if starts is None or len(starts.joins) != len(select.args.get("joins") or []):
        return None
    group = select.args.get("group")
    if group is not None and [item.sql() for item in group.expressions] != [facts.id_sql]:
        return None
    return _Shape(
        text=facts.sql[starts.begin :],
        joins=tuple(
            _join(join, start - starts.begin, aliases)
            for join, start in zip(select.args.get("joins") or [], starts.joins, strict=True)
        ),
        where_start=starts.where - starts.begin,
        group_start=None if starts.group is None else starts.group - starts.begin,
        always=_named(select.args["where"], aliases)
        | {root_of(facts), facts.company_sql.split(".")[0], facts.id_sql.split(".")[0]},
        speaks_of={item.alias_or_name: _named(item, aliases) for item in select.selects},
        aggregates=frozenset(item.alias_or_name for item in select.selects if _aggregates(item, aliases)),
    )


def _join(join: exp.Join, start: int, aliases: frozenset[str]) -> _Join:
    alias, condition = join.this.alias_or_name, join.args.get("on")
    is_single = isinstance(join.this, exp.Table) and any(_is_by_id(term, alias) for term in terms_of(condition))
    return _Join(
        alias=alias,
        start=start,
        is_left=join.side == "LEFT" and condition is not None,
        is_single=is_single,
        speaks_of=_named(join, aliases),
    )


def _is_by_id(term: exp.Expr, alias: str) -> bool:
    if not isinstance(term, exp.EQ):
        return False
    return any(
        isinstance(one, exp.Column) and (one.table, one.name) == (alias, "id") and alias not in _tables(other)
        for one, other in ((term.left, term.right), (term.right, term.left))
    )


def _tables(node: exp.Expr) -> frozenset[str]:
    return frozenset(column.table for column in node.find_all(exp.Column))


def _named(node: exp.Expr, aliases: frozenset[str]) -> frozenset[str]:
    return _tables(node) & aliases


def _aggregates(projection: exp.Expr, aliases: frozenset[str]) -> bool:
    """Whether a column aggregates rows of the facts: by a function of its own, or within a subquery by one of them."""
    return any(
        _tables(function) & aliases or function.find_ancestor(exp.Select).parent is None  # type: ignore[union-attr]
        for function in projection.find_all(exp.AggFunc)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Starts:
    """Where in the text of a facts file its clauses begin."""

    begin: int
    joins: tuple[int, ...]
    where: int
    group: int | None


def _starts(facts: Facts) -> _Starts | None:
    depth, places, joins = 0, dict[TokenType, int](), list[int]()
    before = None
    for token in sqlglot.tokenize(facts.sql, dialect="mysql"):
        kind = token.token_type
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
        is_among_joins = depth == 0 and TokenType.FROM in places and TokenType.WHERE not in places
        # LEFT JOIN, LEFT OUTER JOIN: the first word begins it.
        if is_among_joins and kind in _BEGINS_JOIN and before not in {*_BEGINS_JOIN, TokenType.OUTER}:
            joins.append(token.start)
        if depth == 0 and kind in {TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY}:
            places.setdefault(kind, token.start)
        before = kind
    if TokenType.WHERE not in places:
        return None
    return _Starts(
        begin=places[TokenType.FROM],
        joins=tuple(joins),
        where=places[TokenType.WHERE],
        group=places.get(TokenType.GROUP_BY),
    )
