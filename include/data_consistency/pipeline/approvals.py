"""What people are asked when a rule would change too much, and what they have approved, applied."""

from dataclasses import replace
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.correct import planned
from data_consistency.correct.applying import Order
from data_consistency.correct.plan import CapExceeded
from data_consistency.errors import GateClosed
from data_consistency.ledger import findings, incidents, transitions
from data_consistency.logs import logger_of
from data_consistency.pipeline.rule_task import CorrectionCounts, Task, add, stop_if_thrown

logger = logger_of(__name__)


def ask_person(task: Task, exceeded: CapExceeded) -> bool:
    """Open an incident with its plan, unless a person is asked about these rows already; whether it was opened."""
    rows = planned.rows_of(*task.previews(exceeded.ids[: planned.MAX_PLAN_ROWS]))
    order = task.order()
    incident_id = task.rt.repeated(lambda connection: planned.ask(connection, order, exceeded, rows))
    if incident_id is not None:
        logger.warning(
            "cap exceeded rule=%s found=%d cap=%d incident=%d run=%s",
            task.rule.id, exceeded.found, exceeded.cap, incident_id, task.run_id,
        )  # fmt: skip
    return incident_id is not None


def close_void(task: Task) -> bool:
    """Close incidents of the rule that ask for nothing any more; whether another run applies one of them now."""
    with task.rt.transaction() as connection:
        waiting = incidents.of_rule(connection, task.rule.id)
    for incident in waiting:
        task.rt.repeated(partial(planned.void, order=task.order(), incident_id=incident.id))
    if not waiting:
        return False
    with task.rt.transaction() as connection:
        return any(
            incident.status == incidents.APPLYING and incident.applied_by != task.run_id
            for incident in incidents.of_rule(connection, task.rule.id)
        )


def apply_approved(task: Task, counts: CorrectionCounts) -> CorrectionCounts:
    """Apply the plans that people have approved; those of several companies only in a run about all of them.

    Args:
        task: the rule and the run.
        counts: of the run so far.

    Raises:
        Stopped: a switch was thrown; what is not applied stays approved.
    """
    with task.rt.transaction() as connection:
        approved = [
            incident.id
            for incident in incidents.of_rule(connection, task.rule.id)
            if incident.kind == incidents.CAP_EXCEEDED
            and incident.status in {incidents.APPROVED, incidents.APPLYING}
            and task.company_id in {None, incident.company_id}
        ]
    while approved:
        waiting: dict[int, GateClosed] = {}
        for incident_id in approved:
            counts, closed = _apply(task, incident_id, counts)
            if closed is not None:
                waiting[incident_id] = closed
        if len(waiting) == len(approved):
            for incident_id, closed in waiting.items():
                logger.warning("plan waits incident=%d run=%s why=%s", incident_id, task.run_id, closed)
            break
        # A plan about no company in particular holds the others until it is closed.
        approved = list(waiting)
    return counts


def _apply(task: Task, incident_id: int, counts: CorrectionCounts) -> tuple[CorrectionCounts, GateClosed | None]:
    """Apply a plan to its end, or until the gate closes."""
    while True:
        try:
            applied = task.rt.repeated(partial(_apply_next, order=task.order(), incident_id=incident_id))
        except GateClosed as closed:
            stop_if_thrown(closed, counts)
            return counts, closed
        done = task.counted(applied.batch)
        counts = add(counts, replace(done, planned=done.corrected + done.to_review, left_out=len(applied.left_out)))
        for entity_id, why in applied.left_out.items():
            logger.info("left out incident=%d table=%s id=%d why=%s", incident_id, task.rule.table, entity_id, why)
        if applied.is_over:
            return counts, None


def _apply_next(connection: Connection, order: Order, incident_id: int) -> planned.Applied:
    applied = planned.apply_next(connection, order, incident_id)
    resolve_skipped(connection, order, applied.batch.skipped)
    return applied


def resolve_skipped(connection: Connection, order: Order, skipped: tuple[int, ...]) -> None:
    """Findings of rows that turned out to be fine, or gone, under the lock."""
    transitions.resolve(
        connection,
        findings.open_ids(connection, order.rule.id, skipped),
        notes="The violation was gone when it was to be corrected.",
        run_id=order.run_id,
        now=order.now,
        actor=order.actor,
    )
