"""Who works on an item and when: claim, release, assign, snooze, note. One transaction each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.errors import WrongUse
from data_consistency.ledger import item_states
from data_consistency.ledger.items import Item, Status
from data_consistency.review.desk import Decided, Sitting, require_open, require_theirs, sit_down
from data_consistency.review.viewers import Role, Viewer, require
from data_consistency.runtime import Runtime

MAX_SNOOZE_DAYS = 90
MAX_NOTE = 1000

Act = Callable[[Connection, Sitting], Item]


def claim(rt: Runtime, item_id: int, person: Viewer) -> Decided:
    """Take an item, so that nobody else works on it; one's own is taken again.

    Raises:
        WrongUse: it is decided, or somebody else's.
    """

    def act(connection: Connection, sitting: Sitting) -> Item:
        item = sitting.take(connection, item_id, "claim review items")
        require_theirs(item, person)
        return item_states.claim(
            connection, item, owner=person.name, run_id=sitting.run_id, now=sitting.now, actor=person.name
        )

    return _handled(rt, item_id, person, "claimed", act)


def assign(rt: Runtime, item_id: int, person: Viewer, *, owner: str) -> Decided:
    """Give an item to somebody, also one that somebody else works on.

    Raises:
        WrongUse: it is decided, or they may not.
    """
    Viewer(name=owner, role=Role.REVIEWER)  # a name that can stand there

    def act(connection: Connection, sitting: Sitting) -> Item:
        item = sitting.take(connection, item_id, "assign review items", role=Role.ADMIN)
        require_open(item)
        return item_states.claim(
            connection, item, owner=owner, run_id=sitting.run_id, now=sitting.now, actor=person.name
        )

    return _handled(rt, item_id, person, "assigned", act)


def release(rt: Runtime, item_id: int, person: Viewer) -> Decided:
    """Give an item back to the queue: one's own, or an administrator anybody's.

    Raises:
        WrongUse: nobody works on it, or somebody else.
    """

    def act(connection: Connection, sitting: Sitting) -> Item:
        item = sitting.take(connection, item_id, "release review items")
        if not person.may(Role.ADMIN):
            require_theirs(item, person)
        if item.status != Status.IN_PROGRESS:
            raise WrongUse(f"review item {item.id} is {item.status}; nobody works on it")
        return item_states.release(connection, item, run_id=sitting.run_id, now=sitting.now, actor=person.name)

    return _handled(rt, item_id, person, "released", act)


def snooze(rt: Runtime, item_id: int, person: Viewer, *, until: datetime) -> Decided:
    """Put an item off; it is in no list until then.

    Args:
        rt: the runtime.
        item_id: of an open item that is free or theirs.
        person: who puts it off.
        until: UTC, naive; at most MAX_SNOOZE_DAYS ahead.

    Raises:
        WrongUse: that is no time to come, it is decided, or somebody else's.
    """
    if not timedelta() < until - rt.now() <= timedelta(days=MAX_SNOOZE_DAYS):
        raise WrongUse(f"until {until:%Y-%m-%d %H:%M} UTC: use a time to come, at most {MAX_SNOOZE_DAYS} days ahead")

    def act(connection: Connection, sitting: Sitting) -> Item:
        item = sitting.take(connection, item_id, "put review items off")
        require_theirs(item, person)
        return item_states.snooze(
            connection, item, until=until, run_id=sitting.run_id, now=sitting.now, actor=person.name
        )

    return _handled(rt, item_id, person, "snoozed", act)


def note(rt: Runtime, item_id: int, person: Viewer, *, text: str) -> Decided:
    """Write something beside an item, for whoever looks next; ids and codes, no personal data.

    Raises:
        WrongUse: nothing was written, or too much.
    """
    if not text.strip() or len(text) > MAX_NOTE:
        raise WrongUse(f"a note is 1 to {MAX_NOTE} characters")

    def act(connection: Connection, sitting: Sitting) -> Item:
        item = sitting.take(connection, item_id, "write notes")
        return item_states.write_note(
            connection, item, text=text.strip(), run_id=sitting.run_id, now=sitting.now, actor=person.name
        )

    return _handled(rt, item_id, person, "noted", act)


def _handled(rt: Runtime, item_id: int, person: Viewer, done: str, act: Act) -> Decided:
    require(person, Role.REVIEWER, "decide about review items")
    sitting = sit_down(rt, person)

    def handle(connection: Connection) -> Item:
        item = act(connection, sitting)
        sitting.end(connection)
        return item

    item = rt.repeated(handle)
    return Decided(item_id=item_id, done=done, status=str(item.status), run_id=sitting.run_id)
