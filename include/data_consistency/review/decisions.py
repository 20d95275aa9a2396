"""Decisions of people: approve, reject, take back."""

from sqlalchemy.engine import Connection

from data_consistency.correct import applying
from data_consistency.correct.applying import Order
from data_consistency.correct.undo import Selection, UndoCounts
from data_consistency.correct.undo import undo as undo_changes
from data_consistency.errors import WrongUse
from data_consistency.ledger import incidents, known, queue, runs
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def list_incidents(rt: Runtime) -> list[incidents.Incident]:
    """Incidents that wait for a person."""
    with rt.transaction() as connection:
        return incidents.list_incidents(connection)


def decide_incident(rt: Runtime, *, incident_id: int, approve: bool, actor: str) -> None:
    """Approve an incident (the next run corrects up to the rows it names) or reject it."""
    rt.repeated(
        lambda connection: incidents.decide(connection, incident_id, approve=approve, actor=actor, now=rt.now())
    )
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
        WrongUse: nothing selected (undoing everything at once is not offered), or nothing of that name.
    """
    if run_id is None and rule is None and (table is None or entity_id is None):
        raise WrongUse("say what to undo: a run, a rule, or a table and an id")
    now = rt.now()
    undo_run = runs.new_run_id("undo", now, rt.source)
    entities = {suite.table: suite.entity for suite in rt.suites().values()}
    selection = Selection(run_id=run_id, rule=rule, table=table, entity_id=entity_id)
    rule_set = rt.rule_set()

    def take_back(connection: Connection) -> UndoCounts:
        if run_id is not None:
            known.require_run(connection, run_id)
        if rule is not None or table is not None:
            known.require_corrected(connection, rule=rule, table=table, entity_id=entity_id)
        runs.start(connection, undo_run, kind="undo", actor=actor, dry_run=False, rule_set=rule_set, now=now)
        counts = undo_changes(connection, selection, entities=entities, actor=actor, run_id=undo_run, now=now)
        runs.finish(connection, undo_run, now=now, counts={"undone": counts.undone, "refused": counts.refused})
        return counts

    counts = rt.repeated(take_back)
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
    with rt.transaction() as connection:
        item = queue.get_item(connection, item_id)
    done = "confirmed"
    if item.context.get("why") != "corrected":
        done = _apply_item(rt, item, actor)
    with rt.transaction() as connection:
        queue.decide(connection, item_id, status="resolved", actor=actor, notes=notes or f"Approved: {done}.", now=now)
    logger.info("review item approved item=%d done=%s actor=%s", item_id, done, actor)
    return done


def _apply_item(rt: Runtime, item: queue.Item, actor: str) -> str:
    suite = next(suite for suite in rt.suites().values() if suite.entity == item.entity)
    rule = next((rule for rule in suite.rules if rule.id == item.rule_id), None)
    if rule is None or rule.correction is None:
        raise WrongUse(f"review item {item.id}: rule '{item.rule_id}' has no correction; mend the row, then dismiss")
    now = rt.now()
    run_id = runs.new_run_id("review", now, rt.source)
    order = Order(suite=suite, rule=rule, run_id=run_id, actor=actor, now=now)
    with rt.transaction() as connection:
        runs.start(connection, run_id, kind="review", actor=actor, dry_run=False, rule_set=rt.rule_set(), now=now)
        batch = applying.apply(connection, order, [item.entity_id], accept_refused=True)
        if batch.refused:
            why = batch.proposals[0].evidence
            raise WrongUse(
                f"review item {item.id}: correction '{rule.correction}' is not made for what is known of the row now"
                f" ({why}); mend the row, then dismiss"
            )
        runs.finish(connection, run_id, now=now, counts={"corrected": len(batch.corrected)})
    return "applied" if batch.corrected else "gone"
