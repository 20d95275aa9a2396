"""Replay: what a rule as it stands now would have done on stored history, against what people decided.

Rows are judged twice: as they are, and as they were before the corrections of the window. The second needs the values
of then in the tables; they are written in a transaction that is always rolled back, so nobody else ever sees them.
"""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency import progress
from data_consistency.correct import applying, history
from data_consistency.correct.applying import Order
from data_consistency.correct.plan import Plan, plan
from data_consistency.correct.proposals import Proposal
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CheckNotEvaluated, WrongUse
from data_consistency.rules import Rule, Severity, Suite
from data_consistency.rules.outcomes import Candidate, Scope, Violation
from data_consistency.runtime import Runtime

MAX_ROWS = 5000
SHOWN_IDS = 20
# New findings of one check go into one mail.
CHECK_MINUTES = 5
_STATES = 2  # of the rows, each judged as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What people decided about the rows that the rule would open."""

    approved: int
    dismissed: int
    undone: int
    not_opened: int  # rows people decided about that the rule would not open

    @property
    def agreement(self) -> float | None:
        """Share of decisions that agree with the rule, 0 to 1; None: nobody decided anything."""
        total = self.approved + self.dismissed + self.undone
        return self.approved / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a rule would have done: counts and ids only."""

    rule: str
    table: str
    mode: str
    fingerprint: str  # of the rule as it was tried
    days: int
    would_open: int
    known: int  # of them, findings of the ledger
    new: int
    no_longer_opened: int  # findings of the ledger that it would not open: mended since, or not found by it
    would_fix: int
    would_refuse: Mapping[str, int]  # by code
    would_wait: int  # too young now
    above_cap: bool  # today's rows are more than one run may change
    mails: int
    decisions: Decisions
    agreement_percent: float | None
    companies: Mapping[str, int]  # would open, by company
    ids: tuple[int, ...]  # at most SHOWN_IDS
    rows_written_back: int
    rows_not_written_back: int  # the database refused the values of then


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The rule on one state of the rows."""

    violations: Mapping[int, Violation]
    proposals: Sequence[Proposal]


def replay_rule(
    rt: Runtime, suite: Suite, rule: Rule, *, days: int, condition: str | None = None, max_rows: int = MAX_ROWS
) -> Replay:
    """Try a rule, in whatever mode, on the rows of today and on those that corrections have changed since.

    Args:
        rt: the runtime.
        suite: of the rule.
        rule: as it stands in the suite.
        days: how far back.
        condition: tried instead of the rule's own.
        max_rows: refuse to write back or to judge more rows than these.

    Raises:
        InvalidRule: the condition is no plain expression over the facts.
        CheckNotEvaluated: the rule cannot be evaluated.
        WrongUse: more rows than `max_rows`.
    """
    tried = rule if condition is None else dataclasses.replace(rule, condition=condition)
    now = rt.now()
    since = now - timedelta(days=days)
    order = Order(suite=suite, rule=tried, run_id="replay", actor="replay", now=now)
    progress.tell("rows of today", 0, _STATES)
    with rt.rolled_back() as connection:
        today = _look(connection, order, Scope(kind="full"), max_rows)
        known = history.findings(connection, rule.id, suite.entity, since)
        decided = history.decisions(connection, rule.id, suite.entity, since)
        past = _read_past(connection, since, max_rows)
    progress.tell("rows as they were", 1, _STATES)
    with rt.rolled_back() as connection:
        ids = tuple(history.ids_of(connection, past, suite.table))
        refused = history.write_back(connection, past)
        then = _look(connection, order, Scope(kind="ids", ids=ids), max_rows)
    progress.tell("decisions of people", _STATES, _STATES)
    opened = {**today.violations, **then.violations}
    decisions = _decisions(decided, opened.keys())
    waiting = _plan(rt, tried, today, then.violations.keys(), now)
    proposals = {item.entity_id: item for item in (*today.proposals, *then.proposals)}
    willing = [item for item in proposals.values() if item.entity_id not in waiting.waiting]
    return Replay(
        rule=rule.id,
        table=rule.table,
        mode=rule.mode.value,
        fingerprint=tried.fingerprint,
        days=days,
        would_open=len(opened),
        known=len(opened.keys() & known),
        new=len(opened.keys() - known),
        no_longer_opened=len(known - opened.keys()),
        would_fix=sum(item.refusal is None for item in willing),
        would_refuse=dict(sorted(Counter(item.refusal for item in willing if item.refusal is not None).items())),
        would_wait=len(waiting.waiting),
        above_cap=bool(waiting.incidents),
        mails=_mails(tried, opened.values()),
        decisions=decisions,
        agreement_percent=None if decisions.agreement is None else round(100 * decisions.agreement, 1),
        companies=dict(sorted(Counter(_company(row) for row in opened.values()).items())),
        ids=tuple(sorted(opened)[:SHOWN_IDS]),
        rows_written_back=len(past.before) - refused,
        rows_not_written_back=refused,
    )


def _read_past(connection: Connection, since: datetime, max_rows: int) -> history.Past:
    found = history.size(connection, since)
    if found > max_rows:
        raise WrongUse(
            f"{found} rows were corrected in this time, more than {max_rows}; use fewer --days or --max-rows"
        )
    return history.read(connection, since)


def _look(connection: Connection, order: Order, scope: Scope, max_rows: int) -> _Look:
    suite = dataclasses.replace(order.suite, rules=(order.rule,))
    scan = scan_table(connection, suite, scope, order.now)
    if not scan.evaluated_rules:
        raise CheckNotEvaluated(f"rule '{order.rule.id}' cannot be evaluated: {scan.outcomes[0].reason}")
    if len(scan.violations) > max_rows:
        raise WrongUse(
            f"rule '{order.rule.id}' finds {len(scan.violations)} rows, more than {max_rows}; narrow its condition or"
            " use --max-rows"
        )
    ids = sorted(row.entity_id for row in scan.violations)
    proposals: list[Proposal] = []
    if order.rule.correction is not None:
        for start in range(0, len(ids), applying.BATCH_ROWS):
            proposals += applying.preview(connection, order, ids[start : start + applying.BATCH_ROWS])
    return _Look(violations={row.entity_id: row for row in scan.violations}, proposals=proposals)


def _plan(rt: Runtime, rule: Rule, today: _Look, settled: Collection[int], now: datetime) -> Plan:
    """What the next run would do with the rows of today; rows that were corrected once have waited already."""
    if rule.correction is None:
        return Plan()
    candidates = [
        Candidate(entity_id=row.entity_id, company_id=row.company_id, changed_at=row.changed_at, recent_corrections=0)
        for row in today.violations.values()
        if row.entity_id not in settled
    ]
    # The share of the rows checked is left out: a replay looks at many days at once.
    return plan(rule, candidates, now=now, caps=rt.source.caps, opted_out=frozenset())


def _mails(rule: Rule, opened: Iterable[Violation]) -> int:
    """Messages about new critical findings: one for each check that would have found any."""
    if rule.severity is not Severity.CRITICAL:
        return 0
    return len({None if row.changed_at is None else _check_after(row.changed_at) for row in opened})


def _check_after(changed_at: datetime) -> datetime:
    return changed_at.replace(minute=changed_at.minute // CHECK_MINUTES * CHECK_MINUTES, second=0, microsecond=0)


def _decisions(decided: Mapping[int, str], opened: Collection[int]) -> Decisions:
    counts = Counter(decision for entity_id, decision in decided.items() if entity_id in opened)
    return Decisions(
        approved=counts["approved"],
        dismissed=counts["dismissed"],
        undone=counts["undone"],
        not_opened=len(decided.keys() - set(opened)),
    )


def _company(row: Violation) -> str:
    return "none" if row.company_id is None else str(row.company_id)
