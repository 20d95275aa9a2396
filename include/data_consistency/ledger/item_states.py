"""How items of the review queue move: one function a transition, which writes state and event together.

The item was locked, and who may do this was judged, before; see `review`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind
from data_consistency.ledger.items import Decision, Item, Reason, Status

_ENDS: Mapping[Decision, Status] = {Decision.DISMISSED: Status.DISMISSED, Decision.ACCEPTED: Status.DISMISSED}


def claim(connection: Connection, item: Item, *, owner: str, run_id: str, now: datetime, actor: str) -> Item:
    """Somebody works on it: the actor, or whom the actor has chosen."""
    after = replace(item, status=Status.IN_PROGRESS, assigned_to=owner, snoozed_until=None)
    what = "claimed" if owner == actor else "assigned"
    return _save(connection, item, after, what, run_id=run_id, now=now, actor=actor, assigned_at=now)


def release(connection: Connection, item: Item, *, run_id: str, now: datetime, actor: str | None = None) -> Item:
    """Nobody works on it any more."""
    after = replace(item, status=Status.PENDING, assigned_to=None)
    return _save(connection, item, after, "released", run_id=run_id, now=now, actor=actor)


def snooze(connection: Connection, item: Item, *, until: datetime, run_id: str, now: datetime, actor: str) -> Item:
    """It is put off."""
    after = replace(item, snoozed_until=until)
    return _save(connection, item, after, "snoozed", run_id=run_id, now=now, actor=actor, keep_claim=True)


def write_note(connection: Connection, item: Item, *, text: str, run_id: str, now: datetime, actor: str) -> Item:
    """Somebody writes beside it; the text can be deleted with the item, the event says only that there was one."""
    sql.run(connection, "insert_note", item_id=item.id, actor=actor, note=text, now=now)
    events.append(connection, [_event(item, item, "noted")], run_id=run_id, now=now, actor=actor)
    return item


def close(
    connection: Connection,
    item: Item,
    *,
    decision: Decision,
    notes: str,
    run_id: str,
    now: datetime,
    actor: str | None = None,
    reason: Reason | None = None,
) -> Item:
    """It asks no longer.

    Args:
        connection: in a transaction that has locked the item.
        item: open.
        decision: how it ended.
        notes: in words.
        run_id: of the decision.
        now: UTC, naive.
        actor: the person who decided; None: nobody did.
        reason: of a dismissal.
    """
    after = replace(
        item,
        status=_ENDS.get(decision, Status.RESOLVED),
        decision=decision.value,
        decision_reason=None if reason is None else reason.value,
        decided_by=actor,
        decision_run_id=run_id,
        snoozed_until=None,
    )
    return _save(
        connection, item, after, decision.value, run_id=run_id, now=now, actor=actor, notes=notes, keep_claim=True,
        resolved_at=now,
    )  # fmt: skip


def _save(
    connection: Connection,
    before: Item,
    after: Item,
    what: str,
    *,
    run_id: str,
    now: datetime,
    actor: str | None,
    notes: str | None = None,
    assigned_at: datetime | None = None,
    keep_claim: bool = False,
    resolved_at: datetime | None = None,
) -> Item:
    sql.run(
        connection,
        "save_review_item",
        item_id=after.id,
        status=str(after.status),
        assigned_to=after.assigned_to,
        assigned_at=assigned_at,
        keep_claim=keep_claim,
        snoozed_until=after.snoozed_until,
        resolved_at=resolved_at,
        notes=notes,
        decision=after.decision,
        decision_reason=after.decision_reason,
        decided_by=after.decided_by,
        decision_run_id=after.decision_run_id,
        now=now,
    )
    events.append(connection, [_event(before, after, what)], run_id=run_id, now=now, actor=actor)
    return after


def _event(before: Item, after: Item, what: str) -> Event:
    detail: dict[str, object] = {"what": what, "kind": before.kind.value, "shown": before.token}
    if after.decision_reason is not None:
        detail["reason"] = after.decision_reason
    if what == "assigned":
        detail["to"] = after.assigned_to
    if what == "snoozed" and after.snoozed_until is not None:
        detail["until"] = after.snoozed_until.isoformat()
    return Event(
        kind=Kind.ITEM,
        state_from=str(before.status),
        state_to=str(after.status),
        subject_id=before.id,
        rule=before.rule_id,
        rule_fingerprint=before.rule_fingerprint,
        entity=before.entity,
        entity_id=before.entity_id,
        company_id=before.company_id,
        detail=detail,
    )
