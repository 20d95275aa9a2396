"""How a decision ends: the item is closed, and its finding with it."""

from sqlalchemy.engine import Connection

from data_consistency.ledger import item_states, transitions
from data_consistency.ledger.items import Decision, Item, Reason
from data_consistency.ledger.transitions import State
from data_consistency.review.desk import DONE, Decided, Sitting


def end_finding(
    connection: Connection,
    sitting: Sitting,
    item: Item,
    state: State,
    notes: str,
    reason: Reason | None = None,
) -> None:
    """A decision about an item ends its finding, unless something else has."""
    transitions.end(
        connection,
        item.fingerprint,
        state,
        notes=notes,
        run_id=sitting.run_id,
        now=sitting.now,
        actor=sitting.person.name,
        detail=None if reason is None else {"reason": reason.value},
    )


def closed(
    connection: Connection,
    sitting: Sitting,
    item: Item,
    decision: Decision,
    note: str,
    reason: Reason | None = None,
) -> Decided:
    """The item asks no longer."""
    after = item_states.close(
        connection,
        item,
        decision=decision,
        notes=note or f"{DONE[decision].capitalize()}.",
        run_id=sitting.run_id,
        now=sitting.now,
        actor=sitting.person.name,
        reason=reason,
    )
    return Decided(item_id=item.id, done=DONE[decision], status=str(after.status), run_id=sitting.run_id)
