"""The companies behind the bad morning: branches, services, staff, numbers and customers."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consistency_sandbox.demo import texts

Row = dict[str, object]

_SLOT = timedelta(minutes=75)  # longer than every service, so that nobody is booked twice
_SLOTS_A_DAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One branch with the people and services that can be booked there."""

    company_id: int
    branch_id: str
    phone_id: str
    number: str
    services: tuple[Row, ...]
    staff: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class World:
    """Rows by table, and what later rows refer to."""

    chance: random.Random
    founded: datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    bookings: dict[str, int] = field(default_factory=dict)  # by staff member

    def add(self, table: str, **values: object) -> Row:
        """Keep one row; its times are those of the founding unless given."""
        row: Row = {"created_at": self.founded, "updated_at": self.founded, **values}
        self.rows.setdefault(table, []).append(row)
        return row

    def uuid(self) -> str:
        """An id as the source uses them, the same in every run."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def slot(self, staff_id: str, first_day: datetime) -> datetime:
        """The next free time of a staff member, from 8 o'clock on."""
        taken = self.bookings.get(staff_id, 0)
        self.bookings[staff_id] = taken + 1
        day = first_day.replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=taken // _SLOTS_A_DAY)
        return day + _SLOT * (taken % _SLOTS_A_DAY)


def build_world(chance: random.Random, founded: datetime) -> World:
    """Three companies that know nothing of each other."""
    world = World(chance=chance, founded=founded)
    names = list(texts.STAFF)
    for company_id, ((name, services), branches) in enumerate(zip(texts.COMPANIES, texts.BRANCHES, strict=True), 1):
        world.add("companies", id=company_id, name=name, is_active=1, status="active")
        offered = _services(world, company_id, services)
        for branch in branches:
            world.places.append(_place(world, company_id, branch, offered, [names.pop(0), names.pop(0)]))
    return world


def _services(world: World, company_id: int, names: tuple[str, ...]) -> tuple[Row, ...]:
    return tuple(
        world.add(
            "services",
            id=company_id * 10 + n,
            company_id=company_id,
            name=name,
            duration_minutes=texts.DURATIONS[n],
            price=texts.PRICES[n],
            calcom_event_type_id=7000 + company_id * 10 + n,
            composite=0,
            has_processing_time=0,
            is_active=1,
        )
        for n, name in enumerate(names)
    )


def _place(world: World, company_id: int, name: str, services: tuple[Row, ...], staff: list[str]) -> Place:
    branch_id, phone_id = world.uuid(), world.uuid()
    number = f"+493023125{len(world.places) * 10 + 100:03d}"
    world.add("branches", id=branch_id, company_id=company_id, name=name, timezone="Europe/Berlin", is_active=1)
    world.add(
        "phone_numbers",
        id=phone_id,
        company_id=company_id,
        branch_id=branch_id,
        number=number,
        number_normalized=number,
        retell_agent_id=f"agent_{company_id}",
    )
    members = []
    for member in staff:
        row = world.add(
            "staff",
            id=world.uuid(),
            company_id=company_id,
            branch_id=branch_id,
            name=member,
            calcom_user_id=9000 + len(world.rows.get("staff", [])),
            is_active=1,
        )
        members.append(str(row["id"]))
    return Place(
        company_id=company_id,
        branch_id=branch_id,
        phone_id=phone_id,
        number=number,
        services=services,
        staff=tuple(members),
    )


def add_customer(world: World, place: Place) -> Row:
    """A customer nobody else shares name, address or number with."""
    n = len(world.rows.get("customers", []))
    first = texts.FIRST_NAMES[n % len(texts.FIRST_NAMES)]
    last = texts.LAST_NAMES[(n * 7 + n // len(texts.FIRST_NAMES)) % len(texts.LAST_NAMES)]
    return world.add(
        "customers",
        id=n + 1,
        company_id=place.company_id,
        branch_id=place.branch_id,
        name=f"{first} {last}",
        email=f"kunde{n + 1}@example.org" if n % 3 else None,
        phone=caller_number(n),
        status="active",
        customer_type="private",
        source="retell_webhook",
        journey_status="initial_contact",
    )


def caller_number(n: int) -> str:
    """One of the 200 mobile numbers that are reserved for fiction."""
    return f"+4917139200{n:02d}" if n < 100 else f"+4917604069{n - 100:03d}"
