"""Faults: what goes wrong with a clean case, which rules are then right to speak, and what the right correction is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from tests.quality.cases import Case

Outcome = Literal["corrected", "review", "reported"]
Change = Callable[[Case, Random], None]

# Stories that many faults of a call may befall: any inbound one, and one of a call that came to nothing.
ANY = ("booking", "fulfilled", "question", "stranger", "named", "created", "manual", "for_somebody")
QUIET = ("question", "stranger", "named")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to go wrong.

    `also` names the other rules that rightly speak, as `rule` for the fault's own row or `rule@table[n]`. The right
    correction leads back to the clean row, but for `truth`. `combines`: may stand beside other faults in one case.
    """

    rule: str
    stories: tuple[str, ...]
    change: Change
    outcome: Outcome
    table: str = "calls"
    row: int = 0
    also: tuple[str, ...] = ()
    truth: Mapping[str, Any] = field(default_factory=dict)
    combines: bool = False
    once: bool = False  # a world can hold it once only

    def expected(self, case: Case) -> set[tuple[str, str, int]]:
        """(rule, table, id) of every violation this fault causes."""
        return {self._place(case, spec) for spec in (self.rule, *self.also)}

    def _place(self, case: Case, spec: str) -> tuple[str, str, int]:
        if "@" not in spec:
            return spec, self.table, case.rows[self.table][self.row]["id"]
        rule, _, where = spec.partition("@")
        table, _, number = where.rstrip("]").partition("[")
        return rule, table, case.rows[table][int(number or 0)]["id"]


def of(table: str, row: int = 0, **values: Any) -> Change:
    """A change that sets columns; a callable is given case and random numbers."""

    def change(case: Case, rng: Random) -> None:
        for column, value in values.items():
            case.rows[table][row][column] = value(case, rng) if callable(value) else value

    return change


def both(*changes: Change) -> Change:
    """Several changes as one."""

    def change(case: Case, rng: Random) -> None:
        for one in changes:
            one(case, rng)

    return change


def drop(table: str, row: int | None = None) -> Change:
    """A change that loses rows."""

    def change(case: Case, _rng: Random) -> None:
        if row is None:
            case.rows.get(table, []).clear()
        else:
            del case.rows[table][row]

    return change


def add(table: str, make: Callable[[Case], dict[str, Any]]) -> Change:
    """A change that adds a row."""

    def change(case: Case, _rng: Random) -> None:
        case.add(table, make(case))

    return change
