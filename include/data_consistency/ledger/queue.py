"""The review queue: questions to a person, one open item a finding (table manual_review_queue)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.rules.outcomes import finding_fingerprint

# A claim nobody worked on for this long is given back.
CLAIM_HOURS = 24
_AFTER_CORRECTION = "after_correction:"


def after_correction_fingerprint(rule_id: str, entity: str, entity_id: int) -> str:
    """Identity of the question whether a correction that was made is right."""
    return finding_fingerprint(_AFTER_CORRECTION + rule_id, entity, entity_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An item to be opened."""

    rule_id: str
    entity: str
    entity_id: int
    company_id: int | None
    priority: int
    context: Mapping[str, object]  # ids and codes only
    proposal: Mapping[str, object] | None
    after_correction: bool = False  # the row is corrected already; a person should look all the same

    @property
    def fingerprint(self) -> str:
        """Identity of the question, apart from the finding's own where the row is corrected already."""
        if self.after_correction:
            return after_correction_fingerprint(self.rule_id, self.entity, self.entity_id)
        return finding_fingerprint(self.rule_id, self.entity, self.entity_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as a reviewer sees it; no personal data."""

    id: int
    company_id: int | None
    entity: str
    entity_id: int
    rule_id: str
    priority: int
    status: str
    context: Mapping[str, object]
    proposal: Mapping[str, object] | None
    assigned_to: str | None
    reopened: int
    created_at: datetime


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


def open_items(connection: Connection, items: Sequence[NewItem], *, run_id: str, now: datetime) -> QueueCounts:
    """Open items and hand their findings to people; an item already open is only refreshed."""
    if not items:
        return QueueCounts()
    prints = [item.fingerprint for item in items]
    found = sql.run(connection, "count_items_of_findings", fingerprints=prints)
    known = {str(print_): (int(count), int(is_open)) for print_, count, is_open in found}
    rows = [
        {
            "company_id": item.company_id,
            "entity": item.entity,
            "entity_id": item.entity_id,
            "call_id": item.entity_id if item.entity == "call" else None,
            "reason": item.rule_id,
            "priority": item.priority,
            "status": "pending",
            "context": json.dumps(item.context),
            "proposal": None if item.proposal is None else json.dumps(item.proposal),
            "fingerprint": item.fingerprint,
            "run_id": run_id,
            "reopened": known.get(item.fingerprint, (0, 0))[0],
            "now": now,
        }
        for item in items
    ]
    sql.run_many(connection, "open_review_item", rows)
    findings = [
        finding_fingerprint(item.rule_id, item.entity, item.entity_id) for item in items if not item.after_correction
    ]
    if findings:
        sql.run(connection, "mark_in_review", fingerprints=findings, now=now)
    return QueueCounts(
        opened=sum(print_ not in known for print_ in prints),
        reopened=sum(known.get(print_, (0, 1))[1] == 0 for print_ in prints),
    )


def close_settled(connection: Connection, *, now: datetime) -> int:
    """Close items whose finding has disappeared; returns how many."""
    return sql.run(connection, "close_settled_items", now=now).rowcount


def release_stale_claims(connection: Connection, *, now: datetime) -> int:
    """Give back claims that nobody has worked on for CLAIM_HOURS."""
    return sql.run(connection, "release_stale_claims", now=now, stale=now - timedelta(hours=CLAIM_HOURS)).rowcount


def count_pending(connection: Connection, company_id: int | None = None) -> int:
    """Items nobody has decided yet."""
    return int(sql.run(connection, "count_pending_items", company_id=company_id).scalar_one())


def list_items(connection: Connection, *, company_id: int | None = None, limit: int = 100) -> list[Item]:
    """Open items, most urgent first."""
    rows = sql.run(connection, "list_review_items", company_id=company_id, limit=limit).mappings()
    return [_item(row) for row in rows]


def get_item(connection: Connection, item_id: int) -> Item:
    """One item.

    Raises:
        WrongUse: there is no such item.
    """
    row = sql.run(connection, "get_review_item", item_id=item_id).mappings().one_or_none()
    if row is None:
        raise WrongUse(f"review item {item_id} does not exist; `consistency queue list` shows the open ones")
    return _item(row)


def claim(connection: Connection, item_id: int, *, actor: str, now: datetime) -> None:
    """Take a pending item; one guarded UPDATE decides between two reviewers.

    Raises:
        WrongUse: it is not pending, or somebody else was first.
    """
    if not sql.run(connection, "claim_review_item", item_id=item_id, actor=actor, now=now).rowcount:
        item = get_item(connection, item_id)
        owner = f" by {item.assigned_to}" if item.assigned_to else ""
        raise WrongUse(f"review item {item_id} is {item.status}{owner}; it cannot be claimed")


def decide(connection: Connection, item_id: int, *, status: str, actor: str, notes: str, now: datetime) -> None:
    """Resolve or dismiss an open item.

    Raises:
        WrongUse: it is not open, or is claimed by somebody else.
    """
    done = sql.run(
        connection, "decide_review_item", item_id=item_id, status=status, actor=actor, notes=notes, now=now
    ).rowcount
    if not done:
        item = get_item(connection, item_id)
        owner = f" by {item.assigned_to}" if item.assigned_to else ""
        raise WrongUse(f"review item {item_id} is {item.status}{owner}; claim it first or choose another")


def _item(row: RowMapping) -> Item:
    proposal = row["proposal"]
    return Item(
        id=int(row["id"]),
        company_id=None if row["company_id"] is None else int(row["company_id"]),
        entity=str(row["entity_type"]),
        entity_id=int(row["entity_id"]),
        rule_id=str(row["reason"]),
        priority=int(row["priority"]),
        status=str(row["status"]),
        context=json.loads(str(row["context"] or "{}")),
        proposal=None if proposal is None else json.loads(str(proposal)),
        assigned_to=None if row["assigned_to"] is None else str(row["assigned_to"]),
        reopened=int(row["reopened"]),
        created_at=row["created_at"],
    )
