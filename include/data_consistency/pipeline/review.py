"""People's part: the review queue, incidents, undo."""

import logging

from data_consistency.db import corrections, incidents, ledger, queue, runs
from data_consistency.db.corrections import Order
from data_consistency.db.undo import Selection, UndoCounts
from data_consistency.db.undo import undo as undo_changes
from data_consistency.errors import WrongUse
from data_consistency.pipeline.both_sides import both_sides
from data_consistency.pipeline.session import rule_set, transaction
from data_consistency.rules import Mode
from data_consistency.runtime import Runtime

logger = logging.getLogger(__name__)


def fill_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Put the open findings of review rules before people."""
    counts = queue.QueueCounts()
    for suite in rt.suites().values():
        for rule in suite.rules:
            if rule.mode is Mode.REVIEW:
                with transaction(rt) as connection:
                    found = ledger.open_findings(connection, rule, now=rt.now())
                if not found:
                    continue
                sides = both_sides(rt, rule, suite.entity, [candidate.entity_id for candidate in found])
                with transaction(rt) as connection:
                    items = [
                        queue.NewItem(
                            rule_id=rule.id,
                            entity=suite.entity,
                            entity_id=candidate.entity_id,
                            company_id=candidate.company_id,
                            priority=rule.priority,
                            context={"why": "rule asks for review", **sides.get(candidate.entity_id, {})},
                            proposal=None,
                        )
                        for candidate in found
                    ]
                    opened = queue.open_items(connection, items, run_id=run_id, now=rt.now())
                counts = queue.add(counts, opened)
    with transaction(rt) as connection:
        pending = queue.count_pending(connection)
    logger.info("review queue filled opened=%d reopened=%d pending=%d", counts.opened, counts.reopened, pending)
    return queue.add(counts, queue.QueueCounts(pending=pending))


def process_review_queue(rt: Runtime, *, run_id: str) -> queue.QueueCounts:
    """Close items whose finding disappeared, give back stale claims, open what is new."""
    now = rt.now()
    with transaction(rt) as connection:
        closed = queue.close_settled(connection, now=now)
        released = queue.release_stale_claims(connection, now=now)
    filled = fill_review_queue(rt, run_id=run_id)
    counts = queue.add(filled, queue.QueueCounts(closed=closed, released=released))
    logger.info("review queue processed closed=%d released=%d pending=%d", closed, released, counts.pending)
    return counts


def list_incidents(rt: Runtime) -> list[incidents.Incident]:
    """Incidents that wait for a person."""
    with transaction(rt) as connection:
        return incidents.list_incidents(connection)


def decide_incident(rt: Runtime, *, incident_id: int, approve: bool, actor: str) -> None:
    """Approve an incident (the next run corrects up to the rows it names) or reject it."""
    with transaction(rt) as connection:
        incidents.decide(connection, incident_id, approve=approve, actor=actor, now=rt.now())
    logger.info("incident decided incident=%d approved=%s actor=%s", incident_id, approve, actor)


def approve_incident(rt: Runtime, *, incident_id: int, actor: str) -> None:
    """Allow the next run to correct up to the rows an incident names."""
    decide_incident(rt, incident_id=incident_id, approve=True, actor=actor)


def reject_incident(rt: Runtime, *, incident_id: int, actor: str) -> None:
    """Refuse; a new incident opens as long as the cap is exceeded."""
    decide_incident(rt, incident_id=incident_id, approve=False, actor=actor)


def undo(
    rt: Runtime,
    *,
    actor: str,
    run_id: str | None = None,
    rule: str | None = None,
    table: str | None = None,
    entity_id: int | None = None,
) -> UndoCounts:
    """Take audited changes back: by run, rule or row.

    Rows that somebody changed since are refused and named; all others are restored in one transaction.

    Raises:
        WrongUse: nothing selected; undoing everything at once is not offered.
    """
    if run_id is None and rule is None and (table is None or entity_id is None):
        raise WrongUse("say what to undo: a run, a rule, or a table and an id")
    now = rt.now()
    undo_run = runs.new_run_id("undo", now)
    entities = {suite.table: suite.entity for suite in rt.suites().values()}
    selection = Selection(run_id=run_id, rule=rule, table=table, entity_id=entity_id)
    with transaction(rt) as connection:
        runs.start(connection, undo_run, kind="undo", actor=actor, dry_run=False, rule_set=rule_set(rt), now=now)
        counts = undo_changes(connection, selection, entities=entities, actor=actor, run_id=undo_run, now=now)
        runs.finish(connection, undo_run, now=now, counts={"undone": counts.undone, "refused": counts.refused})
    logger.info("undone run=%s undone=%d refused=%d", undo_run, counts.undone, counts.refused)
    return counts


def approve_item(rt: Runtime, *, item_id: int, actor: str, notes: str = "") -> str:
    """A reviewer agrees: apply the item's correction if there is one, and close it.

    Returns:
        What was done: `applied`, `confirmed` (the row was corrected already or needs no change) or `gone`.

    Raises:
        WrongUse: the item is not open, or its rule has no correction to apply to this row.
    """
    now = rt.now()
    with transaction(rt) as connection:
        item = queue.get_item(connection, item_id)
    done = "confirmed"
    if item.context.get("why") != "corrected":
        done = _apply_item(rt, item, actor)
    with transaction(rt) as connection:
        queue.decide(connection, item_id, status="resolved", actor=actor, notes=notes or f"Approved: {done}.", now=now)
    logger.info("review item approved item=%d done=%s actor=%s", item_id, done, actor)
    return done


def _apply_item(rt: Runtime, item: queue.Item, actor: str) -> str:
    suite = next(suite for suite in rt.suites().values() if suite.entity == item.entity)
    rule = next((rule for rule in suite.rules if rule.id == item.rule_id), None)
    if rule is None or rule.correction is None:
        raise WrongUse(f"review item {item.id}: rule '{item.rule_id}' has no correction; mend the row, then dismiss")
    now = rt.now()
    run_id = runs.new_run_id("review", now)
    order = Order(suite=suite, rule=rule, run_id=run_id, actor=actor, now=now)
    with transaction(rt) as connection:
        runs.start(connection, run_id, kind="review", actor=actor, dry_run=False, rule_set=rule_set(rt), now=now)
        batch = corrections.apply(connection, order, [item.entity_id], accept_refused=True)
        if batch.refused:
            why = batch.proposals[0].evidence
            raise WrongUse(
                f"review item {item.id}: correction '{rule.correction}' is not made for what is known of the row now"
                f" ({why}); mend the row, then dismiss"
            )
        runs.finish(connection, run_id, now=now, counts={"corrected": len(batch.corrected)})
    return "applied" if batch.corrected else "gone"
