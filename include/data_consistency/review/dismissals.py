"""Dismissals: nothing is changed, the item is closed, its finding ends. One transaction each."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from data_consistency.correct.applying import Order, still_violating
from data_consistency.errors import WrongUse
from data_consistency.ledger.items import Decision, Item, ItemKind, Reason
from data_consistency.ledger.transitions import State
from data_consistency.logs import logger_of
from data_consistency.review.closing import closed, end_finding
from data_consistency.review.desk import (
    Decided,
    Sitting,
    repeated,
    require_shown,
    require_theirs,
    rule_of,
    sit_down,
)
from data_consistency.review.viewers import Role, Viewer, require
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

_ENDS: Mapping[Reason, State] = {
    Reason.MENDED_BY_HAND: State.RESOLVED,
    Reason.RIGHT_AS_IT_IS: State.ACCEPTED,
}


def dismiss(rt: Runtime, item_id: int, person: Viewer, *, shown: str, reason: Reason, note: str = "") -> Decided:
    """Close an item without a change, and end its finding.

    Args:
        rt: the runtime.
        item_id: of an open item that is free or theirs.
        person: who decides.
        shown: token of what they were shown.
        reason: why; `mended_by_hand` is looked at.
        note: in words, without personal data; needed where the reason is `other`.

    Raises:
        WrongUse: they may not, it is not theirs or not open, or the reason does not hold.
        ItemChanged: it is not what was shown.
    """
    require(person, Role.REVIEWER, "dismiss review items")
    if reason is Reason.OTHER and not note.strip():
        raise WrongUse(f"review item {item_id}: reason 'other' takes a note that says which")
    sitting = sit_down(rt, person)

    def close(connection: Connection) -> Decided:
        decided = _dismiss(connection, sitting, item_id, shown, reason, note)
        if not decided.was_done_before:
            sitting.end(connection)
        return decided

    decided = rt.repeated(close)
    logger.info("review item dismissed item=%d reason=%s run=%s", item_id, reason, decided.run_id)
    return decided


def accept(rt: Runtime, item_id: int, person: Viewer, *, shown: str, note: str = "") -> Decided:
    """The row is right as it is: nobody is asked again while it stays so.

    Raises:
        WrongUse: they may not, or it is not theirs or not open.
        ItemChanged: it is not what was shown.
    """
    return dismiss(rt, item_id, person, shown=shown, reason=Reason.RIGHT_AS_IT_IS, note=note)


def _dismiss(connection: Connection, sitting: Sitting, item_id: int, shown: str, reason: Reason, note: str) -> Decided:
    item = sitting.take(connection, item_id, "dismiss review items")
    decision = Decision.ACCEPTED if reason is Reason.RIGHT_AS_IT_IS else Decision.DISMISSED
    if (before := repeated(item, sitting.person, shown, decision)) is not None:
        return before
    require_theirs(item, sitting.person)
    require_shown(item, shown)
    if reason is Reason.MENDED_BY_HAND:
        _require_mended(connection, sitting, item)
    if item.kind is ItemKind.QUESTION:
        state = _ENDS.get(reason, State.DISMISSED)
        end_finding(connection, sitting, item, state, note or f"{reason.value.replace('_', ' ')}.", reason)
    return closed(connection, sitting, item, decision, note, reason)


def _require_mended(connection: Connection, sitting: Sitting, item: Item) -> None:
    found = rule_of(sitting.rt, item)
    if found is None:
        return  # no rule can look; the person's word counts
    suite, rule = found
    order = Order(suite=suite, rule=rule, run_id=sitting.run_id, actor=sitting.person.name, now=sitting.now)
    if still_violating(connection, order, [item.entity_id]):
        raise WrongUse(
            f"review item {item.id}: {item.entity} {item.entity_id} still violates rule '{rule.id}'; mend it first, or"
            " give another reason"
        )
