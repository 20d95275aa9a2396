"""The demo's calendar beside its rows: what is the same, what differs, and two guests who share a booking."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, text

from consistency_sandbox.demo.bad_morning import SEED, insert_rows
from consistency_sandbox.demo.calls import add_call, book, of_customer
from consistency_sandbox.demo.texts import DURATIONS
from consistency_sandbox.demo.world import World, build_world
from consistency_sandbox.fake_calcom import FakeCalcom
from consistency_sandbox.fake_calcom.records import Record
from data_consistency.runtime import Runtime

_COMPANY = 1
_COURSE = 500  # an event type of the fake Cal.com whose bookings are shared
_GUESTS = 2
_COURSE_IN_DAYS = 30
_AGO = timedelta(hours=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was put into the calendar, and which of our appointments it concerns."""

    bookings: int
    moved: int  # appointment whose booking was moved in the calendar
    moved_to: datetime  # UTC, naive
    chain: tuple[str, ...]  # uids of that booking, before and after
    seats: tuple[int, ...]  # appointments of the guests who share a booking


def fill_calendar(rt: Runtime, fake: FakeCalcom) -> Filled:
    """Put into Cal.com what the rows say of the company's appointments, and make it differ in three ways.

    One begins an hour later there, as if its zone had been mistaken; one was moved to the next day there; one booking
    nobody here knows. Two guests who share a booking are new on both sides, and agree.
    """
    seats = _course(rt, fake)
    with rt.engine.connect() as connection:
        appointments = connection.execute(
            text(
                "SELECT a.id AS appointment, a.calcom_v2_booking_uid AS uid, a.calcom_booking_id AS id, a.starts_at,"
                " a.ends_at, a.status, a.calcom_event_type_id AS event_type, c.retell_call_id"
                " FROM appointments AS a LEFT JOIN calls AS c ON c.id = a.call_id"
                " WHERE a.company_id = :company AND a.deleted_at IS NULL AND a.calcom_v2_booking_uid IS NOT NULL"
                " AND a.id NOT IN :seats ORDER BY a.starts_at DESC"
            ).bindparams(bindparam("seats", expanding=True)),
            {"company": _COMPANY, "seats": seats},
        ).all()
    coming = [row for row in appointments if _is_live(row) and row.starts_at > rt.now()]
    shifted, moved = coming[0], coming[1]
    for row in appointments:
        _book_there(fake, row, _HOUR if row is shifted else timedelta(0))
    successor = _move_there(fake, moved.uid)
    fake.add(metadata={"call_id": "call_nobody_here"})
    return Filled(
        bookings=len(list(fake.world.all_stored())),
        moved=moved.appointment,
        moved_to=successor.start.replace(tzinfo=None),
        chain=(moved.uid, successor.uid),
        seats=seats,
    )


def _is_live(row: Row[Any]) -> bool:
    return row.status not in {"cancelled", "rejected", "failed"}


def _book_there(fake: FakeCalcom, row: Row[Any], shift: timedelta) -> None:
    fake.add(
        id=row.id,
        uid=row.uid,
        status="accepted" if _is_live(row) else "cancelled",
        start=f"{(row.starts_at + shift).isoformat()}Z",
        end=f"{(row.ends_at + shift).isoformat()}Z",
        metadata={"call_id": row.retell_call_id} if row.retell_call_id else {},
        event_type=row.event_type,
    )


def _move_there(fake: FakeCalcom, uid: str) -> Record:
    """Somebody moves a booking by a day, an hour ago, so that a row for it would be late by now."""
    successor = fake.act("move", uid=uid)
    assert successor is not None
    for moved in (uid, successor.uid):
        record = fake.world.stored(moved)
        assert record is not None
        updated = None if record.updated_at is None else record.updated_at - _AGO
        fake.world.put(replace(record, created_at=record.created_at - _AGO, updated_at=updated), lag=0.0)
    return successor


def _course(rt: Runtime, fake: FakeCalcom) -> tuple[int, ...]:
    """Two customers call and take a seat each in one booking, with one member of staff; both sides write it down."""
    world = build_world(random.Random(SEED), rt.now() - timedelta(days=200))  # noqa: S311  # the companies of the morning
    world.chance = random.Random(_COURSE)  # noqa: S311  # other ids than those of the morning
    place, morning = world.places[0], rt.now().replace(hour=5, minute=0, second=0, microsecond=0) - timedelta(days=1)
    calls = []
    for customer in _customers(rt):
        call = add_call(world, place, morning, **of_customer(customer))
        del call["id"]
        call["customer_linked_at"] = call["end_timestamp"]
        calls.append((customer, call))
    start = morning + timedelta(days=_COURSE_IN_DAYS)
    seats = [
        {"uid": f"seat_of_demo_{n}", "name": f"Guest {n}", "email": f"guest{n}@example.org",
         "metadata": {"call_id": call["retell_call_id"]}}
        for n, (_, call) in enumerate(calls, 1)
    ]  # fmt: skip
    record = fake.add(start=f"{start.isoformat()}Z", minutes=DURATIONS[0], event_type=_COURSE, seats=seats)
    return tuple(_guest(rt, world, call, customer, record) for customer, call in calls)


def _guest(rt: Runtime, world: World, call: dict[str, object], customer: dict[str, object], record: Record) -> int:
    """One guest's call and appointment."""
    place = world.places[0]
    with rt.engine.begin() as connection:
        insert_rows(connection, "calls", [call])
        call_id = int(connection.exec_driver_sql("SELECT LAST_INSERT_ID()").scalar_one())
        appointment = book(world, place, customer, {**call, "id": call_id}, world.founded)
        del appointment["id"]
        appointment.update(
            staff_id=place.staff[0],
            service_id=place.services[0]["id"],
            starts_at=record.start.replace(tzinfo=None),
            ends_at=record.end.replace(tzinfo=None),
            calcom_v2_booking_id=None,  # of one row alone
            calcom_v2_booking_uid=record.uid,
            calcom_booking_id=record.id,
            calcom_event_type_id=_COURSE,
            external_id=str(record.id),
        )
        insert_rows(connection, "appointments", [appointment])
        return int(connection.exec_driver_sql("SELECT LAST_INSERT_ID()").scalar_one())


def _customers(rt: Runtime) -> Sequence[dict[str, object]]:
    """Two customers of the company whom nobody waits for."""
    with rt.engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT c.id, c.name, c.phone, c.created_at FROM customers AS c WHERE c.company_id = :company"
                " AND NOT EXISTS (SELECT 1 FROM appointments AS a WHERE a.customer_id = c.id AND a.starts_at > :now)"
                " ORDER BY c.id LIMIT :guests"
            ),
            {"company": _COMPANY, "guests": _GUESTS, "now": rt.now()},
        ).mappings()
        return [dict(row) for row in found]
