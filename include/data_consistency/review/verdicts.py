"""Approving: the values that were shown, or a person's own, are written; a confirmation is confirmed. One transaction.

Who may, whose the item is, whether it still is what was shown, what the gate says, the change itself, whether the
rule is satisfied, state and events: all of it happens, or nothing does. Handed in twice, a verdict is given once.
"""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from data_consistency.correct import gate
from data_consistency.correct.applying import Batch, Order, apply_shown
from data_consistency.correct.notes import DATABASE
from data_consistency.correct.shown import Unlike
from data_consistency.correct.warrant import Authority, Stop, Warrant, ask_of
from data_consistency.detect.evidence import silent_rules
from data_consistency.errors import GateClosed, WrongUse
from data_consistency.ledger import queue, runs
from data_consistency.ledger.items import Decision, Item, ItemKind
from data_consistency.ledger.plans import Shown
from data_consistency.ledger.transitions import State
from data_consistency.logs import logger_of
from data_consistency.review.closing import closed, end_finding
from data_consistency.review.desk import (
    Decided,
    ItemChanged,
    Sitting,
    repeated,
    require_shown,
    require_theirs,
    rule_of,
    sit_down,
)
from data_consistency.review.edits import edited
from data_consistency.review.refreshing import refresh
from data_consistency.review.viewers import Role, Viewer, require
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def approve(
    rt: Runtime,
    item_id: int,
    person: Viewer,
    *,
    shown: str,
    edits: Mapping[str, object] | None = None,
    note: str = "",
) -> Decided:
    """Agree: the values that were shown are written, or the person's own in their place; a confirmation is confirmed.

    Args:
        rt: the runtime.
        item_id: of an open item that is free or theirs.
        person: who agrees.
        shown: token of what they were shown.
        edits: values of theirs for columns of the proposal.
        note: why, without personal data.

    Returns:
        `applied`, `edited` or `confirmed`; `settled` where the row is gone or satisfies its rule by now.

    Raises:
        WrongUse: they may not, it is not theirs or not open, nothing is proposed, or the row would still be wrong.
        ItemChanged: other values stand there than were shown; the item shows them now.
        GateClosed: nothing may be written now.
    """
    require(person, Role.REVIEWER, "approve review items")
    sitting = sit_down(rt, person)

    def agree(connection: Connection) -> Decided:
        decided = _approve(connection, sitting, item_id, shown, edits, note)
        if not decided.was_done_before:
            sitting.end(connection)
        return decided

    try:
        decided = rt.repeated(agree)
    except ItemChanged:
        refresh(rt, item_id, person)
        raise
    logger.info("review item approved item=%d done=%s run=%s", item_id, decided.done, decided.run_id)
    return decided


def _approve(
    connection: Connection,
    sitting: Sitting,
    item_id: int,
    shown: str,
    edits: Mapping[str, object] | None,
    note: str,
) -> Decided:
    order = _order(connection, sitting, queue.get_item(connection, item_id))
    item = sitting.take(connection, item_id, "approve review items")
    done = Decision.CONFIRMED if item.kind is ItemKind.CONFIRMATION else _wanted(edits)
    if (before := repeated(item, sitting.person, shown, done)) is not None:
        return before
    require_theirs(item, sitting.person)
    require_shown(item, shown)
    if item.kind is ItemKind.CONFIRMATION:
        return closed(connection, sitting, item, Decision.CONFIRMED, note)
    if order is None:
        raise WrongUse(
            f"review item {item.id}: rule '{item.rule_id}' has no correction in the suites; mend the row, then dismiss"
        )
    return _write(connection, sitting, item, order, edits, note)


def _wanted(edits: Mapping[str, object] | None) -> Decision:
    return Decision.EDITED if edits else Decision.APPROVED


def _order(connection: Connection, sitting: Sitting, item: Item) -> Order | None:
    """What would be ordered, with the gate held before anything else is locked; None: nothing can be written."""
    found = rule_of(sitting.rt, item)
    if item.kind is ItemKind.CONFIRMATION or found is None or found[1].correction is None or not item.is_open:
        return None
    suite, rule = found
    source = sitting.rt.source
    warrant = Warrant(authority=Authority.PERSON, source=source, dry_run=source.dry_run)
    gate.enter(connection, ask_of(rule, run_id=sitting.run_id, now=sitting.now), warrant)
    silence = silent_rules(connection, [rule], sitting.now).get(rule.id)
    if silence is not None and silence.covers(item.company_id):
        raise GateClosed(f"rule '{rule.id}': {silence.reason}; nothing was changed", reason=Stop.EVIDENCE)
    return Order(
        suite=suite,
        rule=rule,
        run_id=sitting.run_id,
        actor=sitting.person.name,
        now=sitting.now,
        warrant=warrant,
    )


def _write(
    connection: Connection,
    sitting: Sitting,
    item: Item,
    order: Order,
    edits: Mapping[str, object] | None,
    note: str,
) -> Decided:
    if item.rule_fingerprint != order.rule.fingerprint:
        raise ItemChanged(f"review item {item.id}: rule '{order.rule.id}' has changed since; look again")
    if item.proposal is None or item.before is None:
        why = item.context.get("evidence") or item.context.get("why")
        raise WrongUse(f"review item {item.id}: nothing is proposed ({why}); mend the row, then dismiss")
    row = Shown(
        entity_id=item.entity_id,
        company_id=item.company_id,
        before=item.before,
        after=edited(connection, order.rule, item.proposal, edits),
        evidence=str(item.context.get("evidence", "")),
    )
    runs.start(
        connection,
        sitting.run_id,
        kind="decision",
        actor=sitting.person.name,
        dry_run=False,
        rule_set=sitting.rt.rule_set(),
        now=sitting.now,
    )
    batch = apply_shown(connection, order, {item.entity_id: row})
    decided = _judged(connection, sitting, item, order, batch, _wanted(edits), note)
    runs.finish(connection, sitting.run_id, now=sitting.now, counts={"corrected": len(batch.corrected)})
    return decided


def _judged(
    connection: Connection, sitting: Sitting, item: Item, order: Order, batch: Batch, wanted: Decision, note: str
) -> Decided:
    """What a change came to; whatever is not right is rolled back by what is raised here."""
    if batch.corrected:
        return closed(connection, sitting, item, wanted, note)
    if batch.unfixed:
        raise WrongUse(
            f"review item {item.id}: with these values the row would still violate rule '{order.rule.id}'; nothing was"
            " changed, use other values"
        )
    if batch.refused:
        refusal = batch.proposals[0]
        said = refusal.evidence
        why = f"the database refuses these values: {said}" if refusal.refusal == DATABASE else said
        raise WrongUse(
            f"review item {item.id}: correction '{order.rule.correction}' is not made for what is known of the row now"
            f" ({why}); mend the row, then dismiss"
        )
    why_left = batch.left.get(item.entity_id, Unlike.SETTLED)
    if why_left in {Unlike.GONE, Unlike.SETTLED}:
        what = "The row is gone." if why_left == Unlike.GONE else "The row satisfies its rule by now."
        end_finding(connection, sitting, item, State.RESOLVED, what)
        return closed(connection, sitting, item, Decision.SETTLED, what)
    raise ItemChanged(
        f"review item {item.id}: the row has changed since it was shown ({why_left}); look again with"
        f" `consistency queue show {item.id}`"
    )
