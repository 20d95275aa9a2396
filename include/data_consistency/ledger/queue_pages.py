"""Pages of the review queue: chosen by filters, those that press first, each from where the one before ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.ledger.items import NEVER, Item, ItemKind, item_of

# As the database numbers them: an ENUM begins with one.
_KINDS = {ItemKind.QUESTION: 1, ItemKind.CONFIRMATION: 2}
_HIGHEST_ID = 2**63 - 1
_LONG_AGO = datetime(1000, 1, 1)  # noqa: DTZ001  # as the database has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended."""

    due_at: datetime = _LONG_AGO
    priority: int = 0
    created_at: datetime = _LONG_AGO
    item_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items; None: whatever it is."""

    kind: ItemKind = ItemKind.QUESTION
    company_id: int | None = None
    companies: tuple[int, ...] | None = None  # whose items the person may see
    rules: tuple[str, ...] | None = None
    status: str | None = None  # pending or in_progress
    assignee: str | None = None
    entity_id: int | None = None
    since_before: datetime | None = None  # asked then, or earlier
    is_snoozed: bool = False  # what is put off, in place of what is not


def place_of(item: Item) -> Place:
    """Where an item stands."""
    return Place(due_at=item.due_at or NEVER, priority=item.priority, created_at=item.created_at, item_id=item.id)


def page(connection: Connection, wanted: Wanted, *, now: datetime, after: Place, limit: int) -> list[Item]:
    """Open items, those that press most first."""
    rows = sql.run(
        connection,
        "page_of_items",
        **_chosen(wanted, now),
        due_at=after.due_at,
        priority=after.priority,
        created_at=after.created_at,
        item_id=after.item_id,
        limit=limit,
    )
    return [item_of(row) for row in rows.mappings()]


def count(connection: Connection, wanted: Wanted, *, now: datetime) -> dict[int, int]:
    """How many open items there are, by priority."""
    rows = sql.run(connection, "count_page_items", **_chosen(wanted, now))
    return {int(priority): int(items) for priority, items in rows}


def decided(connection: Connection, wanted: Wanted, *, before: int | None, limit: int) -> list[Item]:
    """Items that ask no longer, newest first."""
    chosen = _chosen(wanted, _LONG_AGO)
    for unasked in ("now", "status", "snoozed"):
        del chosen[unasked]
    chosen["kind"] = wanted.kind.value
    rows = sql.run(
        connection, "page_of_decided_items", **chosen, item_id=_HIGHEST_ID if before is None else before, limit=limit
    )
    return [item_of(row) for row in rows.mappings()]


def companies(connection: Connection, *, seen: tuple[int, ...] | None) -> dict[int, str]:
    """Whose items there are: names by id; a company that the source does not list has none.

    Args:
        connection: to a schema of ours.
        seen: those that the person may see; None: all.
    """
    rows = sql.run(connection, "companies_of_items", company_id=None)
    ids = [int(company) for (company,) in rows if company is not None and (seen is None or company in seen)]
    return dict.fromkeys(ids, "") | dict(names(connection, ids))


def names(connection: Connection, ids: list[int]) -> Mapping[int, str]:
    """What companies are called."""
    if not ids:
        return {}
    try:
        return {int(company): str(name or "") for company, name in sql.run(connection, "company_names", ids=ids)}
    except DBAPIError as error:
        # A source whose companies have no names, or an account that may not read them.
        if server_errors.kind_of(error) is not Kind.NAME and not server_errors.is_denied(error):
            raise
        return {}


def _chosen(wanted: Wanted, now: datetime) -> dict[str, object]:
    return {
        "kind": _KINDS[wanted.kind],
        "company_id": wanted.company_id,
        "all_companies": wanted.companies is None,
        "companies": list(wanted.companies or (0,)),
        "all_rules": wanted.rules is None,
        "rules": list(wanted.rules or ("",)),
        "status": wanted.status,
        "assignee": wanted.assignee,
        "entity_id": wanted.entity_id,
        "since_before": wanted.since_before,
        "snoozed": wanted.is_snoozed,
        "now": now,
    }
