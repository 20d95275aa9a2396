"""What waits, and for whom."""

from dataclasses import dataclass
from datetime import timedelta

from data_consistency.breaker import records
from data_consistency.breaker.policy import Mode, State
from data_consistency.db import sql
from data_consistency.ledger import incidents, outbox
from data_consistency.runtime import Runtime

SOON = timedelta(hours=4)
_QUESTION = 1  # as the database numbers the kinds of items


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with items of their own."""

    name: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits for people."""

    questions: int  # nobody works on them
    confirmations: int  # likewise
    pressing: int  # open items whose appointment is near, whoever has them
    people: tuple[Person, ...]  # who works on items, the most first
    plans: int  # stopped corrections, for an administrator
    failures: int  # other open incidents, such as rules that cannot be evaluated
    breakers: tuple[str, ...]  # that let nothing through, or count nothing
    set_aside: int  # messages that are delivered to nobody as they are
    undelivered: int  # messages that do not get through

    @property
    def total(self) -> int:
        """Things that need somebody."""
        taken = sum(person.items for person in self.people)
        return self.questions + self.confirmations + taken + self.plans + self.failures + self.set_aside

    def of(self, name: str) -> int:
        """Items that one person works on."""
        return sum(person.items for person in self.people if person.name == name)


def read(rt: Runtime) -> Waiting:
    """What waits now."""
    now = rt.now()
    with rt.transaction() as connection:
        rows = sql.run(connection, "console_waiting", now=now, soon=now + SOON).mappings().all()
        found = incidents.list_incidents(connection)
        breakers = records.list_breakers(connection)
        messages = outbox.undelivered(connection)
    people: dict[str, int] = {}
    for row in rows:
        if row["assigned_to"] is not None:
            people[str(row["assigned_to"])] = people.get(str(row["assigned_to"]), 0) + int(row["items"])
    free = {int(row["open_kind"]) == _QUESTION: int(row["items"]) for row in rows if row["assigned_to"] is None}
    plans = sum(one.kind == incidents.CAP_EXCEEDED for one in found)
    return Waiting(
        questions=free.get(True, 0),
        confirmations=free.get(False, 0),
        pressing=sum(int(row["pressing"]) for row in rows),
        people=tuple(
            Person(name=name, items=items) for name, items in sorted(people.items(), key=lambda one: (-one[1], one[0]))
        ),
        plans=plans,
        failures=len(found) - plans,
        breakers=tuple(
            one.service_key
            for one in breakers
            if one.current_state != State.CLOSED.value or one.mode != Mode.AUTOMATIC.value
        ),
        set_aside=messages.set_aside,
        undelivered=messages.waiting,
    )
