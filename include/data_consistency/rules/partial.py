"""Evaluating a condition when one column is known and all others are not: TRUE, FALSE, NULL, or who knows."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache

from sqlglot import exp

from data_consistency.rules import Rule
from data_consistency.rules.facts import Facts
from data_consistency.rules.parsing import parse_select
from data_consistency.rules.written_values import Constant, constant


class Unknown:
    """A value that depends on what is not known."""


UNKNOWN = Unknown()
Value = Constant | Unknown
Truth = bool | Unknown | None
Lookup = Callable[[exp.Column], Value]


def is_settled(rule: Rule, facts: Facts, column: str, value: Constant) -> bool:
    """Whether a row that holds `value` in `column` of the rule's table satisfies the rule, whatever else it holds."""
    projections = projections_of(facts)
    alias = facts.id_sql.split(".")[0]

    def of_row(node: exp.Column) -> Value:
        return value if (node.table, node.name) == (alias, column) else UNKNOWN

    def of_facts(node: exp.Column) -> Value:
        return evaluate(projections[node.name], of_row) if node.name in projections else UNKNOWN

    condition = parse_select(f"SELECT {rule.condition}", f"expectations/{rule.table}.json: rule '{rule.id}'").selects[0]
    return truth(evaluate(condition, of_facts)) is True


@lru_cache(maxsize=32)
def projections_of(facts: Facts) -> Mapping[str, exp.Expr]:
    """The expression of every column of the facts."""
    select = parse_select(facts.sql, f"sql/facts/{facts.table}.sql")
    return {projection.alias_or_name: projection.unalias() for projection in select.selects}


def truth(value: Value) -> Truth:
    """A value as a condition."""
    if isinstance(value, Unknown | str):
        return UNKNOWN
    return None if value is None else value != 0


def evaluate(node: exp.Expr, lookup: Lookup) -> Value:
    """The value of an expression; what this module does not understand is unknown."""
    match node:
        case exp.Column():
            return lookup(node)
        case exp.Paren() | exp.Collate():
            return evaluate(node.this, lookup)
        case exp.Cast() if node.to.is_type("binary", "varbinary"):
            # How a code is compared, not what it is.
            return evaluate(node.this, lookup)
        case exp.Coalesce():
            return _first([evaluate(item, lookup) for item in (node.this, *node.expressions)])
        case exp.If():
            return _branch(node, lookup)
        case exp.Condition() if isinstance(node, exp.Connector | exp.Predicate | exp.Not):
            return _number(_condition(node, lookup))
        case _:
            value = constant(node)
            return value if value is None or isinstance(value, str | Decimal) else UNKNOWN


def _condition(node: exp.Expr, lookup: Lookup) -> Truth:
    match node:
        case exp.Not():
            return _negated(truth(evaluate(node.this, lookup)))
        case exp.And() | exp.Or():
            sides = [truth(evaluate(side, lookup)) for side in (node.left, node.right)]
            return _joined(sides, decisive=isinstance(node, exp.Or))
        case exp.In() if node.expressions:
            return _joined([_equal(node.this, item, lookup) for item in node.expressions], decisive=True)
        case exp.EQ():
            return _equal(node.left, node.right, lookup)
        case exp.NEQ():
            return _negated(_equal(node.left, node.right, lookup))
        case exp.Is():
            return _is(node, lookup)
        case _:
            return UNKNOWN


def _equal(left: exp.Expr, right: exp.Expr, lookup: Lookup) -> Truth:
    one, other = evaluate(left, lookup), evaluate(right, lookup)
    if one is None or other is None:
        return None
    if isinstance(one, Unknown) or isinstance(other, Unknown) or type(one) is not type(other):
        return UNKNOWN
    if isinstance(one, str) and isinstance(other, str) and one != other:
        # A collation may ignore case and trailing spaces.
        return UNKNOWN if one.casefold().rstrip() == other.casefold().rstrip() else False
    return one == other


def _joined(sides: list[Truth], *, decisive: bool) -> Truth:
    """AND and OR: the decisive value wins over everything, else one unknown makes all unknown."""
    if any(side is decisive for side in sides):
        return decisive
    if any(isinstance(side, Unknown) for side in sides):
        return UNKNOWN
    return None if None in sides else not decisive


def _is(node: exp.Is, lookup: Lookup) -> Truth:
    value, wanted = evaluate(node.this, lookup), node.expression
    if isinstance(wanted, exp.Null):
        return UNKNOWN if isinstance(value, Unknown) else value is None
    if isinstance(wanted, exp.Boolean):
        found = truth(value)
        return UNKNOWN if isinstance(found, Unknown) else found is bool(wanted.this)
    return UNKNOWN


def _first(values: list[Value]) -> Value:
    return next((value for value in values if value is not None), None)


def _branch(node: exp.If, lookup: Lookup) -> Value:
    chosen = truth(evaluate(node.this, lookup))
    yes = evaluate(node.args["true"], lookup)
    no = evaluate(node.args.get("false") or exp.null(), lookup)
    if isinstance(chosen, Unknown):
        return yes if not isinstance(yes, Unknown) and type(yes) is type(no) and yes == no else UNKNOWN
    return yes if chosen else no


def _negated(value: Truth) -> Truth:
    return not value if isinstance(value, bool) else value


def _number(value: Truth) -> Value:
    return Decimal(int(value)) if isinstance(value, bool) else value
