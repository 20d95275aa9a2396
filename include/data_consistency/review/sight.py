"""All that a person sees of one item before they decide. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import queue, queue_pages
from data_consistency.ledger.items import Item, ItemKind
from data_consistency.review.desk import rule_of
from data_consistency.review.edits import editable
from data_consistency.review.rows import Live, read_rows
from data_consistency.review.viewers import Role, Viewer, require_company
from data_consistency.rules import Rule
from data_consistency.runtime import Runtime

_MOST_EVENTS = 60
_MOST_OTHERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    actor: str
    kind: str  # of an event, or `note`
    rule: str | None
    state_from: str | None
    state_to: str | None
    text: str = ""  # of a note


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherItem:
    """Something else that is asked about the same row."""

    id: int
    rule_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """An item with what belongs to it."""

    item: Item
    rule: Rule | None  # None: it is in no suite any more, or is the booking guard's own
    table: str | None  # of the row; None as above
    company: str  # what it is called; empty: it has no name
    rows: tuple[Live, ...]
    editable: frozenset[str]  # columns in which the person's own values may stand
    events: tuple[Happened, ...]  # newest first
    others: tuple[OtherItem, ...]

    @property
    def has_proposal(self) -> bool:
        """Whether there is something to agree to."""
        item = self.item
        if item.kind is ItemKind.CONFIRMATION:
            return item.is_open
        fits = self.rule is not None and self.rule.correction is not None
        return item.is_open and fits and item.proposal is not None and item.before is not None


def see(rt: Runtime, item_id: int, person: Viewer) -> Sight:
    """One item, open or not, with rows, timeline and what else is asked.

    Raises:
        WrongUse: there is none, or it is of a company that they do not see.
    """
    with rt.transaction() as connection:
        item = queue.get_item(connection, item_id)
        require_company(person, item.company_id, f"review item {item_id}")
        found = rule_of(rt, item)
        rule = None if found is None else found[1]
        can_be_edited = rule is not None and rule.correction is not None
        names = {} if item.company_id is None else queue_pages.names(connection, [item.company_id])
        return Sight(
            item=item,
            rule=rule,
            table=None if found is None else found[0].table,
            company=names.get(item.company_id or 0, ""),
            rows=tuple(read_rows(connection, item, with_people=person.may(Role.REVIEWER))),
            editable=editable(rt.project, rule) if rule is not None and can_be_edited else frozenset(),
            events=tuple(_timeline(connection, item)),
            others=tuple(_others(connection, item)),
        )


def _timeline(connection: Connection, item: Item) -> list[Happened]:
    events = sql.run(
        connection,
        "events_of_row",
        entity=item.entity,
        entity_id=item.entity_id,
        company_id=item.company_id,
        limit=_MOST_EVENTS,
    ).mappings()
    happened = [
        Happened(
            at=row["occurred_at"],
            actor=str(row["actor"]),
            kind=str(row["kind"]),
            rule=row["rule"],
            state_from=row["state_from"],
            state_to=str(row["state_to"]),
        )
        for row in events
    ]
    notes = [
        Happened(at=at, actor=str(by), kind="note", rule=None, state_from=None, state_to=None, text=str(text))
        for at, by, text in sql.run(connection, "notes_of_item", item_id=item.id)
    ]
    return sorted([*happened, *notes], key=lambda one: one.at, reverse=True)


def _others(connection: Connection, item: Item) -> list[OtherItem]:
    rows = sql.run(
        connection,
        "other_items_of_row",
        entity=item.entity,
        entity_id=item.entity_id,
        company_id=item.company_id,
        item_id=item.id,
        limit=_MOST_OTHERS,
    )
    return [OtherItem(id=int(item_id), rule_id=str(rule), status=str(status)) for item_id, rule, status in rows]
