"""One rule to be corrected in one run: what all of its steps share."""

from collections.abc import Sequence
from dataclasses import dataclass

from data_consistency.correct import applying
from data_consistency.correct.applying import Batch, Order
from data_consistency.correct.proposals import Proposal
from data_consistency.correct.warrant import Authority, Stop, Warrant
from data_consistency.errors import (
    CorrectionFailed,
    DatabaseRefused,
    DataConsistencyError,
    GateClosed,
    InvalidRule,
    SchemaNotReady,
)
from data_consistency.ledger import findings
from data_consistency.rules import Rule, Suite
from data_consistency.runtime import Runtime

# What keeps one rule from being corrected says nothing of the others.
OF_ONE_RULE: tuple[type[DataConsistencyError], ...] = (CorrectionFailed, DatabaseRefused, InvalidRule, SchemaNotReady)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionCounts:
    """What one run corrected in one table; with dry-run, what it would have corrected."""

    table: str
    planned: int = 0
    corrected: int = 0
    refused: int = 0  # the evidence or the database said no: to review
    skipped: int = 0  # no longer violating
    waiting: int = 0  # too young, their evidence cannot be had now, or a person has to decide first
    left_out: int = 0  # of approved plans: not as a person was shown; `consistency incident show` says why
    to_review: int = 0
    incidents: int = 0
    asked: int = 0  # of these, such as were opened now: a person was not asked about those rows before
    dry_run: bool = False


def add(one: CorrectionCounts, other: CorrectionCounts) -> CorrectionCounts:
    """Both counts together."""
    return CorrectionCounts(
        table=one.table,
        planned=one.planned + other.planned,
        corrected=one.corrected + other.corrected,
        refused=one.refused + other.refused,
        skipped=one.skipped + other.skipped,
        waiting=one.waiting + other.waiting,
        left_out=one.left_out + other.left_out,
        to_review=one.to_review + other.to_review,
        incidents=one.incidents + other.incidents,
        asked=one.asked + other.asked,
        dry_run=one.dry_run,
    )


class Stopped(Exception):  # says what happened
    """Nothing may be written any more, by whatever rule: a switch was thrown."""

    def __init__(self, counts: CorrectionCounts) -> None:
        super().__init__()
        self.counts = counts  # what was done before


class Failed(Exception):  # says what happened
    """The rows of one rule can be corrected no further; those of other rules can."""

    def __init__(self, counts: CorrectionCounts) -> None:
        super().__init__()
        self.counts = counts  # what was done before


class RulesFailed(CorrectionFailed):
    """Some rules could not be corrected to the end; all others were."""

    def __init__(self, message: str, counts: CorrectionCounts) -> None:
        super().__init__(message)
        self.counts = counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One rule to be corrected in one run."""

    rt: Runtime
    suite: Suite
    rule: Rule
    run_id: str
    actor: str
    dry_run: bool
    company_id: int | None

    def order(self) -> Order:
        """What is ordered now."""
        warrant = Warrant(authority=Authority.AUTOMATIC, source=self.rt.source, dry_run=self.dry_run)
        return Order(
            suite=self.suite, rule=self.rule, run_id=self.run_id, actor=self.actor, now=self.rt.now(), warrant=warrant
        )

    def counts(self, **numbers: int) -> CorrectionCounts:
        """Counts of this table."""
        return CorrectionCounts(table=self.rule.table, dry_run=self.dry_run, **numbers)

    def counted(self, batch: Batch) -> CorrectionCounts:
        """The counts of one batch."""
        return self.counts(
            corrected=len(batch.corrected),
            refused=len(batch.refused),
            skipped=len(batch.skipped),
            to_review=len(batch.refused) + len(batch.unfixed),
        )

    def previews(self, ids: Sequence[int]) -> tuple[list[Proposal], dict[int, int | None]]:
        """What would be written to some rows, and whose they are; nothing is locked or changed."""
        proposals: list[Proposal] = []
        companies: dict[int, int | None] = {}
        for start in range(0, len(ids), applying.BATCH_ROWS):
            batch = ids[start : start + applying.BATCH_ROWS]
            with self.rt.transaction() as connection:
                proposals += applying.preview(connection, self.order(), batch)
                companies |= findings.companies_of(connection, self.rule.id, batch)
        return proposals, companies


def stop_if_thrown(closed: GateClosed, counts: CorrectionCounts) -> None:
    """A switch that was thrown ends the corrections of the run; whatever else closes the gate ends those of a rule.

    Raises:
        Stopped: a switch was thrown.
    """
    if closed.reason in {Stop.SWITCHED_OFF, Stop.DRY_RUN}:
        raise Stopped(counts) from closed
