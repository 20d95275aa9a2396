"""The desk: an item that a person has before them, locked, and what must hold before anything is decided about it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.errors import WrongUse
from data_consistency.ledger import events, queue, runs
from data_consistency.ledger.items import Decision, Item, Status
from data_consistency.review.viewers import Role, Viewer, require, require_company
from data_consistency.rules import Rule, Suite
from data_consistency.runtime import Runtime


class ItemChanged(WrongUse):
    """An item is not what the person was shown: look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What came of a decision."""

    item_id: int
    done: str  # applied, edited, confirmed, dismissed, accepted, settled, claimed, assigned, released, snoozed, noted
    status: str  # of the item now
    run_id: str  # whose events tell it; what was written is taken back by it
    was_done_before: bool = False  # the same decision of the same person, handed in twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One decision of one person: its run, its time."""

    rt: Runtime
    person: Viewer
    run_id: str
    now: datetime

    def take(self, connection: Connection, item_id: int, what: str, *, role: Role = Role.REVIEWER) -> Item:
        """Lock an item and see that the person may decide about it.

        Raises:
            WrongUse: there is none, or they may not.
        """
        require(self.person, role, what)
        item = queue.lock_item(connection, item_id)
        require_company(self.person, item.company_id, f"review item {item_id}")
        return item

    def end(self, connection: Connection) -> None:
        """The chain of this decision's events ends here."""
        events.seal(connection, run_id=self.run_id, state="succeeded", now=self.now, actor=self.person.name)


def sit_down(rt: Runtime, person: Viewer) -> Sitting:
    """Begin a decision."""
    now = rt.now()
    return Sitting(rt=rt, person=person, run_id=runs.new_run_id("decision", now, rt.source), now=now)


def require_open(item: Item) -> None:
    """Refuse what is decided already.

    Raises:
        WrongUse: says how it ended.
    """
    if not item.is_open:
        by = f" by {item.decided_by}" if item.decided_by else ""
        raise WrongUse(f"review item {item.id} is {item.status}: {item.decision or 'closed'}{by}; choose another")


def require_theirs(item: Item, person: Viewer) -> None:
    """Refuse what somebody else works on.

    Raises:
        WrongUse: names who.
    """
    require_open(item)
    if item.status == Status.IN_PROGRESS and item.assigned_to != person.name:
        raise WrongUse(
            f"review item {item.id} is {item.status} by {item.assigned_to}; choose another, or have it assigned"
        )


def require_shown(item: Item, shown: str) -> None:
    """Refuse a decision about other values than those that stand there.

    Raises:
        ItemChanged: the token is of something else.
    """
    if shown != item.token:
        raise ItemChanged(
            f"review item {item.id} has changed since it was shown; look again with `consistency queue show {item.id}`"
        )


# What a decision does, in a word.
DONE = {decision: decision.value for decision in Decision} | {Decision.APPROVED: "applied"}


def repeated(item: Item, person: Viewer, shown: str, decision: Decision) -> Decided | None:
    """The same decision handed in twice, as whoever lost the answer to the first does; None: it is not."""
    if item.is_open or item.decision != decision or item.decided_by != person.name or item.token != shown:
        return None
    return Decided(
        item_id=item.id,
        done=DONE[decision],
        status=str(item.status),
        run_id=item.decision_run_id or "",
        was_done_before=True,
    )


def rule_of(rt: Runtime, item: Item) -> tuple[Suite, Rule] | None:
    """The rule behind an item; None: it is in no suite any more, or is the booking guard's own."""
    for suite in rt.suites().values():
        for rule in suite.rules:
            if rule.id == item.rule_id and suite.entity == item.entity:
                return suite, rule
    return None
