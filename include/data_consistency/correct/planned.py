"""Plans of corrections: made when a cap is exceeded, approved by a person, applied exactly, once, by one run.

What is applied is what was approved: those rows, those values, that version of the rule, before it expires. A row
that is no longer as the plan shows it is left out, and the plan says why. A run that was killed takes its approval
with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.correct import gate
from data_consistency.correct.applying import BATCH_ROWS, Batch, apply_shown
from data_consistency.correct.notes import STILL_VIOLATING, Order
from data_consistency.correct.plan import CapExceeded
from data_consistency.correct.proposals import Proposal
from data_consistency.correct.warrant import Authority, ask_of
from data_consistency.db.values import kept
from data_consistency.ledger import gates, incidents, plans, runs
from data_consistency.ledger.incidents import Incident
from data_consistency.ledger.plans import Outcome, PlanRow

PLAN_DAYS = 7
# A plan of more rows than anybody reads: the first are asked for, the rest asks again.
MAX_PLAN_ROWS = 5000
# A run that applies a plan and has said nothing for so long is dead, though nobody has noted its end.
SILENT_MINUTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one transaction made of a plan."""

    batch: Batch = field(default_factory=Batch)
    left_out: Mapping[int, str] = field(default_factory=dict)  # by id of the row, why
    is_over: bool = True  # nothing of the plan is left to be done by this run


def rows_of(proposals: Sequence[Proposal], companies: Mapping[int, int | None]) -> list[PlanRow]:
    """The rows of a plan, as the correction proposes them now."""
    return [
        PlanRow(
            entity_id=item.entity_id,
            company_id=companies.get(item.entity_id),
            before=kept(item.before) if item.refusal is None else {},
            after=kept(item.values) if item.refusal is None else None,
            evidence=item.evidence[:255],
            refusal=item.refusal,
        )
        for item in proposals
    ]


def ask(connection: Connection, order: Order, exceeded: CapExceeded, rows: Sequence[PlanRow]) -> int | None:
    """Open the incident about too many rows, with its plan, in the caller's transaction.

    Returns:
        Its id; None: a person is asked about these rows already, or has decided what is not yet applied.
    """
    rule = order.rule
    gates.hold(connection, rule.id)
    if any(_is_about(known, exceeded) for known in incidents.of_rule(connection, rule.id)):
        return None
    incident_id = incidents.open_incident(
        connection,
        kind=incidents.CAP_EXCEEDED,
        rule=rule.id,
        table=rule.table,
        company_id=exceeded.company_id,
        found=exceeded.found,
        cap=exceeded.cap,
        detail=f"{exceeded.found} rows want correction '{rule.correction}', {exceeded.cap} may be changed; none was",
        run_id=order.run_id,
        now=order.now,
        rule_fingerprint=rule.fingerprint,
        expires_at=order.now + timedelta(days=PLAN_DAYS),
        digest=plans.digest_of(rows, rule_fingerprint=rule.fingerprint),
    )
    if incident_id is not None:
        plans.store(connection, incident_id, rule.table, rows)
    return incident_id


def _is_about(known: Incident, exceeded: CapExceeded) -> bool:
    """Whether an incident may be about some of the same rows, and is another than the one that would be opened."""
    if known.kind != incidents.CAP_EXCEEDED:
        return False
    if known.status == incidents.OPEN:
        return known.company_id is None and exceeded.company_id is not None
    return known.company_id == exceeded.company_id or None in {known.company_id, exceeded.company_id}


def why_void(connection: Connection, order: Order, incident: Incident) -> str | None:
    """Why an incident about a cap has nothing to decide or to apply any more; None: it has."""
    if incident.kind != incidents.CAP_EXCEEDED:
        return None
    if incident.rule_fingerprint != order.rule.fingerprint:
        return "the rule has changed"
    if incident.expires_at is None or incident.expires_at <= order.now:
        return "it has expired"
    if incident.status == incidents.APPLYING and incident.applied_by != order.run_id:
        return _why_dead(connection, incident, order.now)
    if incident.status == incidents.OPEN and not plans.still_open(connection, incident.id, order.rule.id):
        return "its violations are gone"
    return None


def _why_dead(connection: Connection, incident: Incident, now: datetime) -> str | None:
    if incident.last_seen_at < now - timedelta(minutes=SILENT_MINUTES):
        return f"run {incident.applied_by}, which applied it, has been silent for {SILENT_MINUTES} minutes"
    if incident.applied_by is None or not runs.is_running(connection, incident.applied_by):
        return f"run {incident.applied_by}, which applied it, has ended"
    return None


def void(connection: Connection, order: Order, incident_id: int) -> None:
    """Close an incident that has nothing to decide or to apply any more, and say so in its plan."""
    gates.hold(connection, order.rule.id)
    incident = incidents.lock(connection, incident_id)
    why = why_void(connection, order, incident) if incident.status in _UNSETTLED else None
    if why is not None:
        _leave_rest(connection, order, incident, why)
        _close(connection, order, incident, {"why": why})


_UNSETTLED = frozenset({incidents.OPEN, incidents.APPROVED, incidents.APPLYING})


def apply_next(connection: Connection, order: Order, incident_id: int) -> Applied:
    """Apply the next rows of an approved plan, in the caller's transaction; after the last ones it is closed.

    Raises:
        GateClosed: nothing may be written now; the plan stays approved.
        CorrectionFailed: the database failed; the caller's transaction is to be rolled back.
    """
    warrant = replace(order.warrant, authority=Authority.PLAN, incident_id=incident_id)
    order = replace(order, warrant=warrant)
    gate.enter(connection, ask_of(order.rule, run_id=order.run_id, now=order.now), warrant)
    incident = incidents.lock(connection, incident_id)
    mine = incident.status == incidents.APPLYING and incident.applied_by == order.run_id
    if not mine and incident.status != incidents.APPROVED:
        return Applied()
    if (why := why_void(connection, order, incident) or _why_forged(connection, order, incident)) is not None:
        left = _leave_rest(connection, order, incident, why)
        _close(connection, order, incident, {"why": why})
        return Applied(left_out=left)
    if not mine:
        incidents.move(connection, incident, incidents.APPLYING, run_id=order.run_id, now=order.now)
        incident = replace(incident, status=incidents.APPLYING, applied_by=order.run_id)
    return _apply(connection, order, incident)


def _apply(connection: Connection, order: Order, incident: Incident) -> Applied:
    rows = plans.rows_left(connection, incident.id, limit=BATCH_ROWS)
    batch = apply_shown(connection, order, {row.entity_id: row for row in rows})
    outcomes = _outcomes(rows, batch)
    plans.settle(connection, incident.id, outcomes, run_id=order.run_id, now=order.now)
    is_over = len(rows) < BATCH_ROWS
    if is_over:
        _close(connection, order, incident, {"rows": plans.counts(connection, incident.id)})
    else:
        incidents.see(connection, incident, now=order.now)
    left_out = {entity_id: why or "" for entity_id, (outcome, why) in outcomes.items() if outcome is Outcome.LEFT_OUT}
    return Applied(batch=batch, left_out=left_out, is_over=is_over)


def _outcomes(rows: Sequence[PlanRow], batch: Batch) -> dict[int, tuple[Outcome, str | None]]:
    refusals = {item.entity_id: item.refusal for item in batch.proposals if item.refusal is not None}
    outcomes: dict[int, tuple[Outcome, str | None]] = {}
    for entity_id in (row.entity_id for row in rows):
        if entity_id in batch.corrected:
            outcomes[entity_id] = (Outcome.APPLIED, None)
        elif entity_id in batch.left:
            outcomes[entity_id] = (Outcome.LEFT_OUT, str(batch.left[entity_id]))
        elif entity_id in batch.unfixed:
            outcomes[entity_id] = (Outcome.TO_REVIEW, STILL_VIOLATING)
        elif entity_id in batch.refused:
            outcomes[entity_id] = (Outcome.TO_REVIEW, refusals.get(entity_id))
        else:
            outcomes[entity_id] = (Outcome.LEFT_OUT, "settled")
    return outcomes


def _why_forged(connection: Connection, order: Order, incident: Incident) -> str | None:
    said = plans.digest_of(plans.rows_of(connection, incident.id), rule_fingerprint=order.rule.fingerprint)
    if said == plans.digest_when(connection, incident.id, incidents.APPROVED):
        return None
    return "its plan is not what was approved; `consistency audit verify`"


def _leave_rest(connection: Connection, order: Order, incident: Incident, why: str) -> dict[int, str]:
    left = {row.entity_id: why for row in plans.rows_of(connection, incident.id) if row.outcome is None}
    outcomes = dict.fromkeys(left, (Outcome.LEFT_OUT, why))
    plans.settle(connection, incident.id, outcomes, run_id=order.run_id, now=order.now)
    return left


def _close(connection: Connection, order: Order, incident: Incident, detail: Mapping[str, object]) -> None:
    incidents.move(connection, incident, incidents.CLOSED, run_id=order.run_id, now=order.now, detail=detail)
