"""Warrants: by what right rows of the source are changed, and what may be decided against with it.

| asked at the gate | a run or the guard by itself | an approved plan | a person, of one row | undo |
|---|---|---|---|---|
| kill switch | stops | stops | stops | passes, told |
| dry run | stops | stops | stops | passes, told |
| mode of the rule | only `correct` | only `correct` | `correct` or `review` | any |
| evidence that the rule needs | stops while silent | stops while silent | stops while silent | passes |
| that of one company | its rows are left | its rows are left | stops | passes |
| open incident of the rule | its rows are left | all but its own | passes, told | passes |
| caps: run, day, share | stop | pass, told | pass, told | pass |
| a company that opted out | its rows are left | its rows are left | passes, told | passes |
| rows touched lately | are left, but for the guard | are left | pass, told | pass |

*Told*: the event of the change names what was decided against. Undo passes the kill switch because that is what the
switch is thrown for: nothing new is written while people take back what was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data_consistency.rules import Mode, Rule
from data_consistency.sources import Source


class Authority(StrEnum):
    """By what right rows are changed."""

    AUTOMATIC = "automatic"  # a run or the booking guard, by itself
    PLAN = "plan"  # a run, by the plan that a person has approved
    PERSON = "person"  # a person, who was shown the values of this row
    UNDO = "undo"  # a person takes changes back
    REHEARSAL = "rehearsal"  # in a schema of tests, or in a transaction that is always rolled back


class Stop(StrEnum):
    """Why nothing may be written."""

    SWITCHED_OFF = "switched_off"
    DRY_RUN = "dry_run"
    MODE = "mode"
    EVIDENCE = "evidence_silent"
    INCIDENT = "open_incident"
    CAP = "cap"
    NO_LEAVE = "no_leave"


class Left(StrEnum):
    """Why a row is left as it is."""

    EVIDENCE = "evidence_silent"  # of its company
    INCIDENT = "open_incident"
    OPTED_OUT = "opted_out"
    TOUCHED_LATELY = "touched_lately"


# Modes of rules by which rows may be changed; undo looks at none.
MODES: Mapping[Authority, frozenset[Mode]] = {
    Authority.AUTOMATIC: frozenset({Mode.CORRECT}),
    Authority.PLAN: frozenset({Mode.CORRECT}),
    Authority.PERSON: frozenset({Mode.CORRECT, Mode.REVIEW}),
}
# What is told instead of obeyed.
OVERRIDES: Mapping[Authority, frozenset[str]] = {
    Authority.AUTOMATIC: frozenset(),
    Authority.PLAN: frozenset({Stop.CAP}),
    Authority.PERSON: frozenset({Stop.CAP, Stop.INCIDENT, *Left}) - {Left.EVIDENCE},
    Authority.UNDO: frozenset({Stop.SWITCHED_OFF, Stop.DRY_RUN}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """By what right, and whose switches and caps hold."""

    authority: Authority
    source: Source | None  # None: a rehearsal
    dry_run: bool = False
    incident_id: int | None = None  # whose plan was approved
    # Who has just written the row asks for it, so that nobody else is in the middle of it: the booking guard.
    takes_fresh_rows: bool = False

    def may_override(self, what: str) -> bool:
        """Whether it is told instead of obeyed."""
        return what in OVERRIDES.get(self.authority, frozenset())


REHEARSAL = Warrant(authority=Authority.REHEARSAL, source=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to be changed, and by which rule."""

    rule: str
    table: str
    mode: Mode | None  # None: no rule of a suite
    run_id: str
    now: datetime  # UTC, naive
    max_corrections: int | None = None  # None: the setting decides
    min_age_minutes: int | None = None  # None: the setting decides
    needs: str | None = None  # a source of evidence


def ask_of(rule: Rule, *, run_id: str, now: datetime) -> Ask:
    """What the correction of a rule asks for."""
    return Ask(
        rule=rule.id,
        table=rule.table,
        mode=rule.mode,
        run_id=run_id,
        now=now,
        max_corrections=rule.max_corrections,
        min_age_minutes=rule.min_age_minutes,
        needs=rule.needs,
    )
