"""What a correction file may write into a column, read from the text of its SELECT."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sqlglot import exp

from data_consistency.rules.corrections import Correction
from data_consistency.rules.parsing import parse_select

# NULL is None, a number is a Decimal, TRUE and FALSE are 1 and 0.
Constant = str | Decimal | None


class _Anything:
    """A value that the text does not tell: of another column, of the clock, of a function."""


_ANYTHING = _Anything()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The values a correction may write into one column; a value that is only kept is none of them."""

    constants: frozenset[Constant]
    anything: bool  # also values that the text does not tell


@lru_cache(maxsize=256)  # a correction is compared with every other one of its table
def written_values(correction: Correction) -> Mapping[str, Written]:
    """The values of every column that a correction writes.

    Raises:
        InvalidRule: the file is not one SELECT.
    """
    select = parse_select(correction.sql, f"sql/corrections/{correction.name}.sql")
    projections = {projection.alias_or_name: projection.unalias() for projection in select.selects}
    written = {}
    for column in correction.columns:
        leaves = list(_leaves(projections[column], select, correction.table, column)) if column in projections else []
        written[column] = Written(
            constants=frozenset(leaf for leaf in leaves if not isinstance(leaf, _Anything)),
            anything=any(isinstance(leaf, _Anything) for leaf in leaves) or column not in projections,
        )
    return written


def _leaves(node: exp.Expr, select: exp.Select, table: str, column: str) -> Iterator[Constant | _Anything]:
    if isinstance(node, exp.Column):
        yield from _of_column(node, select, table, column)
    elif isinstance(node, exp.Coalesce):
        *first, last = (list(_leaves(item, select, table, column)) for item in (node.this, *node.expressions))
        # NULL falls through to the next argument.
        yield from (leaf for leaves in first for leaf in leaves if leaf is not None)
        yield from last
    elif (branches := _branches(node)) is not None:
        for branch in branches:
            yield from _leaves(branch, select, table, column)
    else:
        value = constant(node)
        yield _ANYTHING if isinstance(value, _Anything) else value


def _branches(node: exp.Expr) -> list[exp.Expr] | None:
    """Expressions of which a node's value is one; None: its value is something else."""
    match node:
        case exp.Paren() | exp.Min() | exp.Max():
            return [node.this]
        case exp.If():
            return [node.args["true"], node.args.get("false") or exp.null()]
        case exp.Case():
            return [*(case.args["true"] for case in node.args["ifs"]), node.args.get("default") or exp.null()]
        case _:
            return None


def constant(node: exp.Expr) -> "Constant | _Anything":
    """The value of a literal; something that is no constant for everything else."""
    match node:
        case exp.Null():
            return None
        case exp.Boolean():
            return Decimal(int(node.this))
        case exp.Literal():
            return str(node.this) if node.is_string else Decimal(node.this)
        case exp.Neg(this=exp.Literal(is_string=False)):
            return -Decimal(node.this.this)
        case _:
            return _ANYTHING


def _of_column(node: exp.Column, select: exp.Select, table: str, column: str) -> Iterator[Constant | _Anything]:
    """Follow a column through derived tables; the corrected column itself is kept, which writes nothing."""
    source = _sources(select).get(node.table)
    if isinstance(source, exp.Table) and source.name == table and node.name == column:
        return
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select):
        inner = source.this
        for projection in inner.selects:
            if projection.alias_or_name == node.name:
                yield from _leaves(projection.unalias(), inner, table, column)
                return
        for projection in inner.selects:
            if projection.is_star and isinstance(projection, exp.Column):
                yield from _of_column(exp.column(node.name, table=projection.table), inner, table, column)
                return
    yield _ANYTHING


def _sources(select: exp.Select) -> dict[str, exp.Expr]:
    """What stands in FROM and JOIN, by alias."""
    clauses = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
    return {clause.this.alias_or_name: clause.this for clause in clauses if clause is not None}
