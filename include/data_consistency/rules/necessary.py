"""What a row must be like, by its own columns alone, for a rule to be violated by it.

A condition is wrong where it IS NOT TRUE. Of the parts that together make it so, those that a computed column may hold
(`own_row.py`) are kept and the others are left away, which lets in rows too many and never keeps one out. Where nothing
was left away the part says exactly which rows violate the rule; what it says of the others, the facts then judge.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlglot import exp

from data_consistency.rules.facts import Facts
from data_consistency.rules.own_row import Row, args_of, value
from data_consistency.rules.parsing import parse
from data_consistency.rules.rule import Rule
from data_consistency.rules.ties import clocks_of, tables_of, terms_of, tree_of


class _Is(Enum):
    """What is asked of an expression, with the text that asks it."""

    TRUE = "IS TRUE"
    FALSE = "IS FALSE"
    NOT_TRUE = "IS NOT TRUE"
    NOT_FALSE = "IS NOT FALSE"


_TURNED = {
    **{_Is.TRUE: _Is.FALSE, _Is.FALSE: _Is.TRUE},
    **{_Is.NOT_TRUE: _Is.NOT_FALSE, _Is.NOT_FALSE: _Is.NOT_TRUE},
}
# Where NULL counts as false, and where it counts as true.
_OR_FALSE = {_Is.TRUE: _Is.TRUE, _Is.FALSE: _Is.NOT_TRUE, _Is.NOT_TRUE: _Is.NOT_TRUE, _Is.NOT_FALSE: _Is.TRUE}
_OR_TRUE = {_Is.TRUE: _Is.NOT_FALSE, _Is.FALSE: _Is.FALSE, _Is.NOT_TRUE: _Is.FALSE, _Is.NOT_FALSE: _Is.NOT_FALSE}
_SAYS = frozenset(
    {exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like, exp.RegexpLike, exp.Exists, exp.Boolean}
)
_COMPARES = frozenset({exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.GT, exp.GTE, exp.LT, exp.LTE})
_ALL: Final = "TRUE"
_NONE: Final = "FALSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What an accelerator can know of one rule."""

    rule: Rule
    text: str | None  # TRUE for every row that violates the rule; None: nothing can be known
    is_exact: bool = False  # FALSE for every other row
    reason: str = ""  # why nothing, or not everything, can be known


def part_of(rule: Rule, facts: Facts, row: Row) -> Part:
    """The necessary part of a rule's violation.

    Args:
        rule: of the table of the facts.
        facts: as they are read.
        row: the table's own columns, as the server has them.
    """
    tree = _substituted(rule, facts)
    own = value(tree, row)
    is_exact = own is not None and own.kind == "number"
    found = f"({own.text} IS NOT TRUE)" if own is not None and is_exact else _asked(tree, _Is.NOT_TRUE, row)
    reason = "" if is_exact else _reason(rule, facts, tree)
    if found == _ALL:
        return Part(rule=rule, text=None, reason=reason)
    kept = [text for term in _where(facts) if (text := _asked(term, _Is.TRUE, row)) != _ALL]
    return Part(rule=rule, text=_all([found, *kept]), is_exact=is_exact, reason=reason)


def _substituted(rule: Rule, facts: Facts) -> exp.Expr:
    """The condition with the expressions of the facts in the place of their names."""
    said = {projection.alias_or_name: projection.unalias() for projection in tree_of(facts).selects}
    select = parse(f"SELECT {rule.condition}", f"expectations/{rule.table}.json: rule '{rule.id}'")

    def replaced(node: exp.Expr) -> exp.Expr:
        return exp.Paren(this=said[node.name].copy()) if isinstance(node, exp.Column) and not node.table else node

    tree: exp.Expr = select.expressions[0].copy().transform(replaced)
    return tree


def _where(facts: Facts) -> list[exp.Expr]:
    where = tree_of(facts).args.get("where")
    return [] if where is None else list(terms_of(where.this))


def _asked(node: exp.Expr, what: _Is, row: Row) -> str:
    """What surely holds where the expression is so; TRUE, where that cannot be told from the row."""
    if isinstance(node, exp.Paren):
        return _asked(node.this, what, row)
    if (constant := _constant(node)) is not None:
        return _ALL if what in constant else _NONE
    own = value(node, row)
    if own is not None and own.kind == "number":
        return f"({own.text} {what.value})"
    split = _SPLITS.get(type(node))
    return _ALL if split is None else split(node, what, row)


def _constant(node: exp.Expr) -> frozenset[_Is] | None:
    """What a value that stands there is."""
    if isinstance(node, exp.Null):
        return frozenset({_Is.NOT_TRUE, _Is.NOT_FALSE})
    number = _zero_or_one(node)
    if number is None:
        return None
    return frozenset({_Is.TRUE, _Is.NOT_FALSE} if number else {_Is.FALSE, _Is.NOT_TRUE})


def _zero_or_one(node: exp.Expr | None) -> int | None:
    if isinstance(node, exp.Boolean):
        return int(bool(node.this))
    return int(node.name) if isinstance(node, exp.Literal) and not node.is_string and node.name in {"0", "1"} else None


def _and(node: exp.Expr, what: _Is, row: Row) -> str:
    parts = [_asked(node.this, what, row), _asked(node.args["expression"], what, row)]
    return _all(parts) if what in {_Is.TRUE, _Is.NOT_FALSE} else _any(parts)


def _or(node: exp.Expr, what: _Is, row: Row) -> str:
    parts = [_asked(node.this, what, row), _asked(node.args["expression"], what, row)]
    return _any(parts) if what in {_Is.TRUE, _Is.NOT_FALSE} else _all(parts)


def _not(node: exp.Expr, what: _Is, row: Row) -> str:
    return _asked(node.this, _TURNED[what], row)


def _coalesce(node: exp.Expr, what: _Is, row: Row) -> str:
    otherwise = _zero_or_one(node.expressions[0]) if len(node.expressions) == 1 else None
    if otherwise is None:
        return _ALL
    return _asked(node.this, (_OR_TRUE if otherwise else _OR_FALSE)[what], row)


def _is(node: exp.Expr, what: _Is, row: Row) -> str:
    if not isinstance(node.args["expression"], exp.Boolean) or not node.args["expression"].this:
        return _ALL
    return _asked(node.this, _OR_FALSE[what], row)


def _equal(node: exp.Expr, what: _Is, row: Row) -> str:
    """A yes or no that is compared with 1 or 0."""
    number = _zero_or_one(node.args["expression"])
    if number is None or not _says_yes_or_no(node.this):
        return _ALL
    return _asked(node.this, what if number else _TURNED[what], row)


def _says_yes_or_no(node: exp.Expr | None) -> bool:
    """Whether its value is 0, 1 or NULL."""
    if isinstance(node, exp.Paren):
        return _says_yes_or_no(node.this)
    if isinstance(node, exp.Coalesce):
        return all(_says_yes_or_no(one) for one in (node.this, *node.expressions))
    if isinstance(node, exp.If):
        return _says_yes_or_no(node.args.get("true")) and _says_yes_or_no(node.args.get("false"))
    return type(node) in _SAYS or type(node) in _COMPARES or _zero_or_one(node) is not None


def _if(node: exp.Expr, what: _Is, row: Row) -> str:
    return _either(node, node.args["true"], node.args.get("false"), what, row)


def _either(test: exp.Expr, then: exp.Expr, otherwise: exp.Expr | None, what: _Is, row: Row) -> str:
    first = _all([_asked(test.this, _Is.TRUE, row), _asked(then, what, row)])
    second = _all([_asked(test.this, _Is.NOT_TRUE, row), _asked(otherwise or exp.Null(), what, row)])
    return _any([first, second])


def _case(node: exp.Expr, what: _Is, row: Row) -> str:
    found = _asked(node.args.get("default") or exp.Null(), what, row)
    for case in reversed(node.args["ifs"]):
        first = _all([_asked(case.this, _Is.TRUE, row), _asked(case.args["true"], what, row)])
        found = _any([first, _all([_asked(case.this, _Is.NOT_TRUE, row), found])])
    return found


def _only(known: set[str], split: Callable[[exp.Expr, _Is, Row], str]) -> Callable[[exp.Expr, _Is, Row], str]:
    """A word of the tree that nobody knows here, such as a negation, must not be passed over."""
    return lambda node, what, row: split(node, what, row) if args_of(node) <= known else _ALL


_BOTH = {"this", "expression"}
_SPLITS: Mapping[type[exp.Expr], Callable[[exp.Expr, _Is, Row], str]] = {
    exp.And: _only(_BOTH, _and),
    exp.Or: _only(_BOTH, _or),
    exp.Not: _only({"this"}, _not),
    exp.Coalesce: _only({"this", "expressions"}, _coalesce),
    exp.Is: _only(_BOTH, _is),
    exp.EQ: _only(_BOTH, _equal),
    exp.If: _only({"this", "true", "false"}, _if),
    exp.Case: _only({"ifs", "default"}, _case),
}


def _all(parts: list[str]) -> str:
    if _NONE in parts:
        return _NONE
    kept = list(dict.fromkeys(part for part in parts if part != _ALL))
    return _ALL if not kept else kept[0] if len(kept) == 1 else f"({' AND '.join(kept)})"


def _any(parts: list[str]) -> str:
    if _ALL in parts:
        return _ALL
    kept = list(dict.fromkeys(part for part in parts if part != _NONE))
    return _NONE if not kept else kept[0] if len(kept) == 1 else f"({' OR '.join(kept)})"


def _reason(rule: Rule, facts: Facts, tree: exp.Expr) -> str:
    """Why the row alone does not decide."""
    select = parse(f"SELECT {rule.condition}", rule.id)
    names = {column.name for column in select.find_all(exp.Column)}
    others = sorted(set().union(*(tables_of(facts).get(name, frozenset()) for name in names)) - {facts.table})
    if others:
        return f"reads {', '.join(others)}"
    if any(isinstance(node, exp.Placeholder) for node in tree.walk()) or names & clocks_of(facts):
        return "asks the clock"
    if tree.find(exp.Subquery, exp.Exists, exp.Select):
        return f"compares rows of {facts.table}"
    if tree.find(exp.RegexpLike):
        return "compares with a pattern"
    return "holds what a computed column may not"
