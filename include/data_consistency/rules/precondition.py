"""Preconditions: the `-- when:` line of a correction file, which says on what evidence alone it may write."""

import re
from dataclasses import dataclass

from sqlglot import exp

from data_consistency.errors import InvalidRule
from data_consistency.rules.parsing import parse_select

_HEADER = re.compile(r"^-- when:(?P<text>.*)$", re.MULTILINE)
Value = str | int | None  # None is NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One fact, and the values of it with which a correction may write, or with which alone it may not."""

    fact: str
    values: frozenset[Value]
    is_negated: bool = False

    def excludes(self, other: "Term") -> bool:
        """Whether no value of the fact fits both.

        Texts that differ by case alone may be equal to the database, and a number may be equal to any text.
        """
        if self.fact != other.fact or (self.is_negated and other.is_negated):
            return False
        mine, others = self._comparable(), other._comparable()
        if self.is_negated or other.is_negated:
            some, none = (others, mine) if self.is_negated else (mine, others)
            return some <= none
        same_kind = len({type(value) for value in mine | others if value is not None}) <= 1
        return same_kind and not mine & others

    def _comparable(self) -> frozenset[Value]:
        return frozenset(value.casefold().rstrip() if isinstance(value, str) else value for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """What must hold of facts, all of it."""

    terms: tuple[Term, ...]
    condition: str  # over the facts of the correction's table

    @property
    def facts(self) -> frozenset[str]:
        """Facts that it reads."""
        return frozenset(term.fact for term in self.terms)

    def apart_from(self, other: "Precondition") -> frozenset[str]:
        """Facts by which no row can meet both."""
        return frozenset(one.fact for one in self.terms for term in other.terms if one.excludes(term))


def precondition_of(text: str, where: str) -> Precondition | None:
    """The precondition in the header of a correction file; None: it has none.

    Raises:
        InvalidRule: it is not made of terms over facts, joined by AND, or stands there twice.
    """
    lines = [match["text"].strip() for match in _HEADER.finditer(text)]
    if not lines:
        return None
    if len(lines) > 1:
        raise InvalidRule(
            f"{where}: header line `-- when: ...` stands there twice; keep one, and join its terms by AND"
        )
    mistake = (
        f"{where}: header line `-- when: {lines[0]}` must be `<fact> = '<value>'`, `<fact> IN ('<value>', ...)`,"
        " `<fact> IS NULL` or one of them denied, several joined by AND"
    )
    expressions = parse_select(f"SELECT {lines[0]}", mistake).selects
    if len(expressions) != 1:
        raise InvalidRule(mistake)
    terms = tuple(_term(node, mistake) for node in _joined(expressions[0]))
    return Precondition(terms=terms, condition=lines[0])


def _joined(node: exp.Expr) -> list[exp.Expr]:
    return [*_joined(node.left), *_joined(node.right)] if isinstance(node, exp.And) else [node]


def _term(node: exp.Expr, mistake: str) -> Term:
    if isinstance(node, exp.Paren):
        return _term(node.this, mistake)
    if isinstance(node, exp.Not):
        inner = _term(node.this, mistake)
        # A comparison with NULL is not true, and neither is its denial.
        values = inner.values if inner.values == {None} else inner.values | {None}
        return Term(fact=inner.fact, values=values, is_negated=not inner.is_negated)
    if not isinstance(node, exp.EQ | exp.NEQ | exp.In | exp.Is):
        raise InvalidRule(mistake)
    if not isinstance(node.this, exp.Column) or node.this.table:
        raise InvalidRule(mistake)
    literals = node.expressions if isinstance(node, exp.In) else [node.expression]
    values = frozenset(_value(literal, mistake, is_null=isinstance(node, exp.Is)) for literal in literals)
    if not values:
        raise InvalidRule(mistake)
    is_negated = isinstance(node, exp.NEQ)
    return Term(fact=node.this.name, values=values | {None} if is_negated else values, is_negated=is_negated)


def _value(literal: exp.Expr, mistake: str, *, is_null: bool) -> Value:
    if isinstance(literal, exp.Null) and is_null:
        return None
    if isinstance(literal, exp.Literal) and not is_null and (literal.is_string or literal.is_int):
        return str(literal.this) if literal.is_string else int(literal.this)
    raise InvalidRule(mistake)
