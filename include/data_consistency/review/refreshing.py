"""Looking again: an item that is no longer as it was shown gets the values that stand there, or is closed."""

from dataclasses import replace

from sqlalchemy.engine import Connection

from data_consistency.correct.applying import Order, preview, still_violating
from data_consistency.correct.notes import item_of
from data_consistency.detect.evidence import silent_rules
from data_consistency.ledger import item_states, queue, transitions
from data_consistency.ledger.items import Decision, Item, ItemKind
from data_consistency.ledger.transitions import State
from data_consistency.review.both_sides import sides_of
from data_consistency.review.desk import Sitting, rule_of, sit_down
from data_consistency.review.proposing import WHY
from data_consistency.review.viewers import Role, Viewer
from data_consistency.rules import Mode
from data_consistency.runtime import Runtime


def refresh(rt: Runtime, item_id: int, person: Viewer) -> Item:
    """Bring what an item shows up to date; nothing of the source is changed.

    Raises:
        WrongUse: there is no such item, or they may not.
        CorrectionFailed: its rule cannot be evaluated now.
    """
    sitting = sit_down(rt, person)

    def look_again(connection: Connection) -> Item:
        item = sitting.take(connection, item_id, "refresh review items", role=Role.REVIEWER)
        if item.is_open and item.kind is ItemKind.QUESTION:
            _refresh(connection, sitting, item)
            sitting.end(connection)
        return queue.get_item(connection, item_id)

    return rt.repeated(look_again)


def _refresh(connection: Connection, sitting: Sitting, item: Item) -> None:
    found = rule_of(sitting.rt, item)
    if found is None:
        return
    suite, rule = found
    order = Order(suite=suite, rule=rule, run_id=sitting.run_id, actor=sitting.person.name, now=sitting.now)
    silence = silent_rules(connection, [rule], sitting.now).get(rule.id)
    if silence is not None and silence.covers(item.company_id):
        return  # what its calendar says now, nobody knows
    violating = still_violating(connection, order, [item.entity_id])
    if not violating:
        _close(connection, sitting, item)
        return
    proposals = [] if rule.correction is None else preview(connection, order, [item.entity_id])
    why = WHY if rule.mode is Mode.REVIEW else str(item.context.get("why", ""))
    sides = sides_of(connection, rule, suite.entity, [item.entity_id])
    for proposal in proposals:
        fresh = item_of(order, proposal, violating, proposal.refusal or why)
        fresh = replace(fresh, context={**fresh.context, **sides.get(item.entity_id, {})})
        queue.open_items(connection, [fresh], run_id=sitting.run_id, now=sitting.now, actor=sitting.person.name)


def _close(connection: Connection, sitting: Sitting, item: Item) -> None:
    notes = "The row satisfies its rule by now, or is gone."
    item_states.close(connection, item, decision=Decision.SETTLED, notes=notes, run_id=sitting.run_id, now=sitting.now)
    transitions.end(
        connection,
        item.fingerprint,
        State.RESOLVED,
        notes=notes,
        run_id=sitting.run_id,
        now=sitting.now,
        actor=sitting.person.name,
    )
