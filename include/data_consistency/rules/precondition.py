"""Preconditions: the `-- when:` line of a correction file, which says on what evidence alone it may write."""

import re
from dataclasses import dataclass

from sqlglot import exp

from data_consistency.errors import InvalidRule
from data_consistency.rules.parsing import parse_select

_HEADER = re.compile(r"^-- when:(?P<text>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition:
    """One fact and the values of it with which a correction may write."""

    fact: str
    values: frozenset[str | int]
    condition: str  # over the facts of the correction's table

    def excludes(self, other: "Precondition") -> bool:
        """Whether no row can meet both.

        Texts that differ by case alone may be equal to the database, and a number may be equal to any text.
        """
        mine, others = self._comparable(), other._comparable()
        same_kind = len({type(value) for value in mine | others}) == 1
        return self.fact == other.fact and same_kind and not mine & others

    def _comparable(self) -> frozenset[str | int]:
        return frozenset(value.casefold().rstrip() if isinstance(value, str) else value for value in self.values)


def precondition_of(text: str, where: str) -> Precondition | None:
    """The precondition in the header of a correction file; None: it has none.

    Raises:
        InvalidRule: it is not `<fact> = <literal>` or `<fact> IN (<literal>, ...)`, or stands there twice.
    """
    lines = [match["text"].strip() for match in _HEADER.finditer(text)]
    if not lines:
        return None
    if len(lines) > 1:
        raise InvalidRule(f"{where}: header line `-- when: ...` stands there twice; keep one")
    mistake = f"{where}: header line `-- when: {lines[0]}` must be `<fact> = '<value>'` or `<fact> IN ('<value>', ...)`"
    expressions = parse_select(f"SELECT {lines[0]}", mistake).selects
    expression = expressions[0]
    if len(expressions) != 1 or not isinstance(expression, exp.EQ | exp.In):
        raise InvalidRule(mistake)
    literals = expression.expressions if isinstance(expression, exp.In) else [expression.expression]
    if not isinstance(expression.this, exp.Column) or expression.this.table or not literals:
        raise InvalidRule(mistake)
    if not all(isinstance(literal, exp.Literal) and (literal.is_string or literal.is_int) for literal in literals):
        raise InvalidRule(mistake)
    return Precondition(
        fact=expression.this.name,
        values=frozenset(literal.this if literal.is_string else int(literal.this) for literal in literals),
        condition=lines[0],
    )
