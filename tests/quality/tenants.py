"""Tenants: companies with a branch, staff, services and a number, and the calendar of each member of staff."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.quality.cases import NOW, Row

STAFF, CALLS_PER_TENANT = 6, 500
_SLOT_HOURS, _SLOTS_A_DAY = 3, 3
_OLD = NOW - timedelta(days=400)
_SEGMENTS = '[{"duration_minutes": 45, "gap_minutes": 30}, {"duration_minutes": 60}]'
CUT, COLOUR, PERM = 1, 2, 3  # the number of a service within its company


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One company, and where its calendars stand."""

    id: int
    _used: dict[tuple[str, bool], int] = field(default_factory=dict)
    _turn: int = 0

    @property
    def branch(self) -> str:
        """Its branch."""
        return f"b{self.id}"

    @property
    def phone_id(self) -> str:
        """Key of its number."""
        return f"p{self.id}"

    @property
    def phone(self) -> str:
        """Its number."""
        return f"+4930{self.id:08d}"

    def service(self, number: int) -> int:
        """Id of one of its services."""
        return self.id * 10 + number

    def place(self, *, past: bool = False) -> tuple[str, datetime]:
        """The next member of staff and their next free start; what is placed lasts three hours at most."""
        (staff,), start = self.place_together(1, past=past)
        return staff, start

    def place_together(self, people: int, *, past: bool = False) -> tuple[list[str], datetime]:
        """Members of staff, and the next start at which all of them are free."""
        staff = [f"s{self.id}-{(self._turn + n) % STAFF}" for n in range(people)]
        self._turn += people
        used = max(self._used.get((one, past), 0) for one in staff)
        self._used.update({(one, past): used + 1 for one in staff})
        days, slot = divmod(used, _SLOTS_A_DAY)
        day = NOW.replace(hour=7) + timedelta(days=-(3 + days) if past else 2 + days)
        return staff, day + timedelta(hours=slot * _SLOT_HOURS)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """The rows of the company itself."""
        own: Row = {"company_id": self.id, "created_at": _OLD, "updated_at": _OLD}
        yield "companies", {"id": self.id, "name": f"Salon {self.id}", "created_at": _OLD, "updated_at": _OLD}
        yield "branches", {"id": self.branch, "name": "Mitte", **own}
        for n in range(STAFF):
            yield "staff", {"id": f"s{self.id}-{n}", "branch_id": self.branch, "name": f"Team {'ABCDEF'[n]}", **own}
        yield "phone_numbers", {"id": self.phone_id, "number": self.phone, "number_normalized": self.phone, **own}
        yield "services", {"id": self.service(CUT), "name": "Schnitt", "duration_minutes": 30, **own}
        colour = {"id": self.service(COLOUR), "name": "Farbe", "duration_minutes": 60, "composite": 1}
        yield "services", {**colour, "segments": _SEGMENTS, **own}
        perm = {"id": self.service(PERM), "name": "Dauerwelle", "duration_minutes": 90, "has_processing_time": 1}
        yield "services", {**perm, **own}
        retired = {"id": self.service(4), "name": "Bart", "duration_minutes": 30, "is_active": 0}
        yield "services", {**retired, **own}
