"""The list of a page: which items, in the order in which they press, how many there are, whose. Reads only."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data_consistency.errors import WrongUse
from data_consistency.ledger import queue_pages
from data_consistency.ledger.items import Item, ItemKind, Status
from data_consistency.ledger.queue_pages import Place, Wanted
from data_consistency.review.viewers import Viewer
from data_consistency.rules import Rule, Severity
from data_consistency.runtime import Runtime

PAGE_SIZE = 50


class State(StrEnum):
    """Which items a list is about."""

    OPEN = "open"
    FREE = "free"  # nobody works on it
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a person chose; None or empty: everything."""

    state: State = State.OPEN
    kind: ItemKind = ItemKind.QUESTION
    company_id: int | None = None
    rule: str | None = None
    severity: Severity | None = None
    assignee: str | None = None
    older_days: int | None = None  # since how many days they have waited at least
    text: str = ""  # the number of a row, or words of a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of the list."""

    items: tuple[Item, ...]
    next: str | None  # token of the page after; None: this is the last
    total: int | None  # None: not counted
    companies: Mapping[int, str]  # whose items there are, with what they are called
    rules: Mapping[str, Rule]


def list_page(
    rt: Runtime, person: Viewer, filters: Filters, *, after: str | None = None, limit: int = PAGE_SIZE
) -> ListPage:
    """A page of the list.

    Args:
        rt: the runtime.
        person: who looks.
        filters: what they chose.
        after: token of the page, from the page before.
        limit: items of a page.

    Raises:
        WrongUse: that is no such token.
    """
    rules = {rule.id: rule for suite in rt.suites().values() for rule in suite.rules}
    now = rt.now()
    wanted = _wanted(filters, person, rules, now)
    with rt.transaction() as connection:
        companies = queue_pages.companies(connection, seen=wanted.companies)
        total = None
        if filters.state is State.DECIDED:
            before = None if after is None else _place(after).item_id
            found = queue_pages.decided(connection, wanted, before=before, limit=limit + 1)
        else:
            place = Place() if after is None else _place(after)
            found = queue_pages.page(connection, wanted, now=now, after=place, limit=limit + 1)
            is_all = after is None and len(found) <= limit
            total = len(found) if is_all else sum(queue_pages.count(connection, wanted, now=now).values())
    items = tuple(found[:limit])
    more = _token(queue_pages.place_of(items[-1])) if len(found) > limit else None
    return ListPage(items=items, next=more, total=total, companies=companies, rules=rules)


def _wanted(filters: Filters, person: Viewer, rules: Mapping[str, Rule], now: datetime) -> Wanted:
    entity_id, words = _read(filters.text)
    chosen = None
    if filters.rule or filters.severity or words:
        chosen = tuple(
            rule.id
            for rule in rules.values()
            if filters.rule in {None, rule.id}
            and filters.severity in {None, rule.severity}
            and all(word in _words_of(rule) for word in words)
        )
    if filters.rule and filters.rule not in rules and not filters.severity and not words:
        chosen = (filters.rule,)  # a rule of the booking guard, or one that is gone
    return Wanted(
        kind=filters.kind,
        company_id=filters.company_id,
        companies=None if person.companies is None else tuple(sorted(person.companies)),
        rules=chosen,
        status=_STATUS.get(filters.state),
        assignee=filters.assignee or None,
        entity_id=entity_id,
        since_before=None if filters.older_days is None else now - timedelta(days=filters.older_days),
        is_snoozed=filters.state is State.SNOOZED,
    )


_STATUS = {State.FREE: Status.PENDING.value, State.CLAIMED: Status.IN_PROGRESS.value}


def _words_of(rule: Rule) -> str:
    """All that a page may say of a rule, in every language."""
    problem = "" if rule.problem is None else f"{rule.problem.en} {rule.problem.de}"
    return f"{rule.id} {rule.description} {problem}".casefold()


def _read(text: str) -> tuple[int | None, list[str]]:
    said = text.strip().lstrip("#").casefold()
    if said.isascii() and said.isdigit() and len(said) <= len(str(2**63)):
        return min(int(said), 2**63 - 1), []
    return None, said.split()


def _token(place: Place) -> str:
    said = [place.due_at.isoformat(), place.priority, place.created_at.isoformat(), place.item_id]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _place(token: str) -> Place:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        due_at, priority, created_at, item_id = json.loads(raw)
        place = Place(
            due_at=_naive(due_at), priority=int(priority), created_at=_naive(created_at), item_id=int(item_id)
        )
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise WrongUse("this page of the list does not exist; begin at the first") from error
    if not (-(2**31) <= place.priority < 2**31 and 0 <= place.item_id < 2**63):
        raise WrongUse("this page of the list does not exist; begin at the first")
    return place


def _naive(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).replace(tzinfo=None)
