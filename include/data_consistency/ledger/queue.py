"""The review queue: questions to a person, one open item a finding (table manual_review_queue).

Items about corrections that were made are *confirmations*, a list of their own. How an item moves from one state to the
next stands in `item_states.py`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.ledger import due, events, item_states, transitions
from data_consistency.ledger.events import Event, Kind
from data_consistency.ledger.items import NEVER, Decision, Item, ItemKind, NewItem, Status, item_of
from data_consistency.rules.outcomes import finding_fingerprint

# A claim nobody worked on for this long is given back.
CLAIM_HOURS = 24
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """What a run did to the queue."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0
    released: int = 0
    pending: int = 0


def add(one: QueueCounts, other: QueueCounts) -> QueueCounts:
    """Both counts together; `pending` is a state, so the newer one counts."""
    return QueueCounts(
        opened=one.opened + other.opened,
        reopened=one.reopened + other.reopened,
        closed=one.closed + other.closed,
        released=one.released + other.released,
        pending=other.pending or one.pending,
    )


def open_items(
    connection: Connection, items: Sequence[NewItem], *, run_id: str, now: datetime, actor: str | None = None
) -> QueueCounts:
    """Open items and hand their findings to people; an item already open is only refreshed.

    Args:
        connection: in a transaction.
        items: to be opened.
        run_id: of the run that asks.
        now: UTC, naive.
        actor: who asks; None: who began the run.
    """
    if not items:
        return QueueCounts()
    prints = [item.fingerprint for item in items]
    found = sql.run(connection, "count_items_of_findings", fingerprints=prints)
    known = {str(print_): (int(count), int(is_open)) for print_, count, is_open in found}
    presses = due.of(connection, [(item.entity, item.entity_id) for item in items], now=now)
    rows = [
        _row(item, run_id, known.get(item.fingerprint, (0, 0))[0], now)
        | {"due_at": presses.get((item.entity, item.entity_id), NEVER)}
        for item in items
    ]
    sql.run_many(connection, "open_review_item", rows)
    fresh = [item for item in items if known.get(item.fingerprint, (0, 0))[1] == 0]
    events.append(connection, [_opened(item) for item in fresh], run_id=run_id, now=now, actor=actor)
    findings = [
        finding_fingerprint(item.rule_id, item.entity, item.entity_id) for item in items if not item.after_correction
    ]
    transitions.into_review(connection, findings, run_id=run_id, now=now, actor=actor)
    return QueueCounts(
        opened=sum(print_ not in known for print_ in prints),
        reopened=sum(known.get(print_, (0, 1))[1] == 0 for print_ in prints),
    )


def _row(item: NewItem, run_id: str, reopened: int, now: datetime) -> dict[str, object]:
    return {
        "company_id": item.company_id,
        "entity": item.entity,
        "entity_id": item.entity_id,
        "call_id": item.entity_id if item.entity == "call" else None,
        "reason": item.rule_id,
        "priority": item.priority,
        "status": Status.PENDING.value,
        "kind": item.kind.value,
        "context": json.dumps(item.context),
        "proposal": None if item.proposal is None else json.dumps(item.proposal),
        "before_values": None if item.before is None else json.dumps(item.before),
        "rule_fingerprint": item.rule_fingerprint,
        "fingerprint": item.fingerprint,
        "run_id": run_id,
        "reopened": reopened,
        "now": now,
    }


def _opened(item: NewItem) -> Event:
    return Event(
        kind=Kind.ITEM,
        state_from=None,
        state_to=Status.PENDING.value,
        rule=item.rule_id,
        rule_fingerprint=item.rule_fingerprint,
        entity=item.entity,
        entity_id=item.entity_id,
        company_id=item.company_id,
        detail={"kind": item.kind.value, "why": item.context.get("why")},
    )


def close_settled(connection: Connection, *, run_id: str, now: datetime) -> int:
    """Close questions whose finding is settled; returns how many."""
    closed = 0
    while True:
        ids = [int(item_id) for (item_id,) in sql.run(connection, "settled_items", batch=_BATCH)]
        # Locked one by one, items before findings as everywhere, so that nobody who decides is waited for in a circle.
        items = [item for item in (lock_item(connection, item_id) for item_id in ids) if item.is_open]
        for item in items:
            item_states.close(
                connection, item, decision=Decision.SETTLED, notes="The finding disappeared.", run_id=run_id, now=now
            )
        closed += len(items)
        if len(ids) < _BATCH:
            return closed


def close_of(
    connection: Connection,
    fingerprints: Sequence[str],
    *,
    decision: Decision,
    notes: str,
    run_id: str,
    now: datetime,
    actor: str | None = None,
) -> int:
    """Close open items that ask no longer, by the identity of their questions; returns how many."""
    closed = 0
    for start in range(0, len(fingerprints), _BATCH):
        batch = list(fingerprints[start : start + _BATCH])
        items = [item_of(row) for row in sql.run(connection, "lock_open_items_of", fingerprints=batch).mappings()]
        for item in items:
            item_states.close(connection, item, decision=decision, notes=notes, run_id=run_id, now=now, actor=actor)
        closed += len(items)
    return closed


def release_stale_claims(connection: Connection, *, run_id: str, now: datetime) -> int:
    """Give back claims that nobody has worked on for CLAIM_HOURS; returns how many."""
    released, stale = 0, now - timedelta(hours=CLAIM_HOURS)
    while True:
        ids = [int(item_id) for (item_id,) in sql.run(connection, "stale_claims", stale=stale, now=now, batch=_BATCH)]
        items = [lock_item(connection, item_id) for item_id in ids]
        for item in (item for item in items if item.status == Status.IN_PROGRESS):
            item_states.release(connection, item, run_id=run_id, now=now)
        released += len(items)
        if len(items) < _BATCH:
            return released


def count_pending(connection: Connection, company_id: int | None = None) -> int:
    """Questions nobody has decided yet."""
    return int(sql.run(connection, "count_pending_items", company_id=company_id).scalar_one())


def list_items(
    connection: Connection,
    *,
    kind: ItemKind = ItemKind.QUESTION,
    company_id: int | None = None,
    companies: Sequence[int] | None = None,
    now: datetime | None = None,
    limit: int = 100,
) -> list[Item]:
    """Open items, most urgent first.

    Args:
        connection: to a schema of ours.
        kind: questions, or confirmations.
        company_id: only this tenant.
        companies: only these tenants; None: all.
        now: leave out what is put off until later, UTC, naive; None: show it too.
        limit: at most so many.
    """
    rows = sql.run(
        connection,
        "list_review_items",
        kind=kind.value,
        company_id=company_id,
        all_companies=companies is None,
        companies=list(companies or (0,)),
        now=now,
        limit=limit,
    ).mappings()
    return [item_of(row) for row in rows]


def get_item(connection: Connection, item_id: int) -> Item:
    """One item.

    Raises:
        WrongUse: there is no such item.
    """
    return _one(connection, "get_review_item", item_id)


def lock_item(connection: Connection, item_id: int) -> Item:
    """One item, which nobody else can decide until this transaction has ended.

    Raises:
        WrongUse: there is no such item.
    """
    return _one(connection, "lock_review_item", item_id)


def _one(connection: Connection, query: str, item_id: int) -> Item:
    row = sql.run(connection, query, item_id=item_id).mappings().one_or_none()
    if row is None:
        raise WrongUse(f"review item {item_id} does not exist; `consistency queue list` shows the open ones")
    return item_of(row)
