"""The bad morning: 173 calls, 45 of them wrong, and 45 more whose customer link says too little.

The same for every run but for the day, which lies two days before `now`, so that nothing is still in flight.
"""

import json
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, groupby

from sqlalchemy import text
from sqlalchemy.engine import Connection

from consistency_sandbox.demo import texts
from consistency_sandbox.demo.calls import add_appointment, add_call, book, details, of_customer, of_name
from consistency_sandbox.demo.world import Place, Row, World, add_customer, build_world, caller_number

SEED = 20251020
_UNKNOWN_CALLERS = 150  # from this number on, callers are nobody's customers
_TABLES = (
    "companies",
    "branches",
    "services",
    "staff",
    "phone_numbers",
    "customers",
    "calls",
    "appointments",
    "appointment_modifications",
)


def load_bad_morning(connection: Connection, now: datetime) -> dict[str, int]:
    """Insert the morning into an empty source schema.

    Args:
        connection: in a transaction, to a schema of ours without triggers that would repair the rows.
        now: UTC, naive.

    Returns:
        How many rows each table got, and how many faults of each kind.
    """
    rows, faults = make_bad_morning(now)
    for table in _TABLES:
        insert_rows(connection, table, rows[table])
    return {table: len(rows[table]) for table in _TABLES} | faults


def insert_rows(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert rows that may differ in their columns; a column that is not given keeps its default."""
    for columns, alike in groupby(rows, key=tuple):
        values = ", ".join(f":{column}" for column in columns)
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608  # own names
        connection.execute(text(statement), list(alike))


def make_bad_morning(now: datetime) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """The rows of the morning by table, and the number of faults by kind."""
    chance = random.Random(SEED)  # noqa: S311  # the same invented people every time, nothing secret
    morning = (now - timedelta(days=2)).replace(hour=5, minute=30, second=0, microsecond=0)
    world = build_world(chance, morning - timedelta(days=200))
    places = cycle(world.places)
    _good_calls(world, places, morning)
    faults = {
        **_wrong_bookings(world, places, morning),
        **_wrong_facts(world, places, morning),
        **_wrong_links(world, places, morning),
    }
    _other_appointments(world, places, morning)
    return world.rows, faults


def _good_calls(world: World, places: Iterator[Place], morning: datetime) -> None:
    kinds = ["booked"] * 40 + ["asked"] * 12 + ["cancelled"] * 4 + ["moved"] * 4
    kinds += ["name"] * 10 + ["hidden"] * 8 + ["visible"] * 4 + ["missed"]
    world.chance.shuffle(kinds)
    for n, (kind, place) in enumerate(zip(kinds, places, strict=False)):
        if kind in {"booked", "asked", "cancelled", "moved"}:
            _call_of_customer(world, place, morning, kind)
        elif kind == "name":
            add_call(world, place, morning, **of_name(_name(n), caller_number(_UNKNOWN_CALLERS + n % 40)))
        elif kind == "hidden":
            add_call(world, place, morning)
        else:
            call = add_call(
                world, place, morning, from_number=caller_number(199 - n % 9), customer_link_status="unlinked"
            )
            if kind == "missed":
                call.update(_never_answered("missed"), session_outcome="other", call_successful=0)


def _call_of_customer(world: World, place: Place, morning: datetime, kind: str) -> None:
    customer = add_customer(world, place)
    call = add_call(world, place, morning, **of_customer(customer))
    call["customer_linked_at"] = call["end_timestamp"]
    if kind == "booked":
        book(world, place, customer, call, morning + timedelta(days=5))
        return
    if kind == "asked":
        return
    changed_at = call["end_timestamp"]
    assert isinstance(changed_at, datetime)
    appointment = add_appointment(
        world, place, customer, morning + timedelta(days=5), morning - timedelta(days=9), updated_at=changed_at
    )
    if kind == "cancelled":
        call.update(session_outcome="appointment_cancelled", summary=texts.SUMMARY_CANCELLED)
        appointment.update(status="cancelled", cancellation_reason="Der Kunde hat telefonisch abgesagt.")
    else:
        call.update(session_outcome="appointment_rescheduled", summary=texts.SUMMARY_MOVED)
        starts = appointment["starts_at"]
        assert isinstance(starts, datetime)
        appointment.update(
            status="rescheduled",
            rescheduled_at=changed_at,
            rescheduled_by="customer",
            rescheduled_count=1,
            previous_starts_at=starts - timedelta(days=1),
            calcom_previous_booking_uid=f"old{appointment['calcom_v2_booking_uid']}"[:100],
        )
    modification = world.add(
        "appointment_modifications",
        appointment_id=appointment["id"],
        modification_type="cancel" if kind == "cancelled" else "reschedule",
        modified_by_type="customer",
        metadata=json.dumps({"retell_call_id": call["retell_call_id"]}),
        created_at=changed_at,
    )
    del modification["updated_at"]


def _wrong_bookings(world: World, places: Iterator[Place], morning: datetime) -> dict[str, int]:
    """Nine outcomes and six flags that claim a booking nobody made."""
    twin = next(row for row in world.rows["appointments"] if row.get("call_id"))
    home = next(place for place in world.places if place.branch_id == twin["branch_id"])
    _at_a_time_of_its_own(world, twin)
    for n, place in zip(range(9), places, strict=False):
        customer = add_customer(world, home if n == 0 else place)
        call = add_call(world, home if n == 0 else place, morning, **of_customer(customer))
        call.update(
            session_outcome="appointment_booked",
            appointment_link_status="unlinked",
            customer_linked_at=call["end_timestamp"],
            transcript=texts.booked(str(customer["name"]), "Termin", "Freitag"),
            summary=texts.SUMMARY_BOOKED if n < 3 else texts.SUMMARY_UNSURE,
        )
        if n == 0:
            # The claimed time is that of an appointment which hangs on another call: a person must look.
            starts = twin["starts_at"]
            call["booking_details"] = f'{{"calcom_booking": {{"start": "{starts:%Y-%m-%dT%H:%M:%SZ}"}}}}'
        elif n < 5:
            call.update(booking_failed=1, booking_failure_reason="calcom_timeout", call_successful=0)
    for n, place in zip(range(6), places, strict=False):
        customer = add_customer(world, place)
        call = add_call(world, place, morning, **of_customer(customer))
        call.update(
            appointment_made=1,
            booking_confirmed=1,
            session_outcome="appointment_booked" if n < 3 else None,
            appointment_link_status="linked" if n < 2 else "unlinked",
            customer_linked_at=call["end_timestamp"],
            transcript=texts.booked(str(customer["name"]), "Termin", "Montag"),
            summary=texts.SUMMARY_BOOKED if n == 0 else texts.SUMMARY_UNSURE,
        )
    return {"booked_without_flag_and_appointment": 9, "flag_without_appointment": 6}


def _at_a_time_of_its_own(world: World, appointment: Row) -> None:
    """Nobody else in the company starts then, so that a claim of this time means this appointment."""
    for column in ("starts_at", "ends_at"):
        value = appointment[column]
        assert isinstance(value, datetime)
        appointment[column] = value + timedelta(minutes=10)
    call = next(row for row in world.rows["calls"] if row["id"] == appointment["call_id"])
    call["booking_details"] = details(appointment, call)


def _wrong_facts(world: World, places: Iterator[Place], morning: datetime) -> dict[str, int]:
    """Directions that are missing, and a link that does not say how sure it is."""
    for n, place in zip(range(13), places, strict=False):
        customer = add_customer(world, place)
        call = add_call(world, place, morning, **of_customer(customer))
        call.update(direction="" if n % 3 == 0 else None, customer_linked_at=call["end_timestamp"])
    for _, place in zip(range(16), places, strict=False):
        add_call(world, place, morning, **_never_answered("in_progress"), direction=None, to_number=None)
    place = next(places)
    customer = add_customer(world, place)
    call = add_call(world, place, morning, **of_customer(customer))
    call.update(customer_link_confidence=None, customer_link_method=None, customer_linked_at=call["end_timestamp"])
    return {"direction_missing": 13, "direction_missing_test_call": 16, "linked_without_confidence": 1}


def _wrong_links(world: World, places: Iterator[Place], morning: datetime) -> dict[str, int]:
    """Calls that are still `unlinked` although customer, name or number say more."""
    unlinked: Row = {"customer_link_status": "unlinked"}
    for n, place in zip(range(16), places, strict=False):
        add_call(world, place, morning, **of_name(_name(n + 90)) | unlinked)
    said = (*texts.FRAGMENTS, *(None for _ in range(27 - len(texts.FRAGMENTS))))
    for n, (fragment, place) in enumerate(zip(said, places, strict=False)):
        call = add_call(world, place, morning, seconds=8 + n % 20, **unlinked)
        call.update(customer_name=fragment, transcript=texts.hung_up(fragment), session_outcome="abandoned")
        call.update(call_successful=0, summary=texts.SUMMARY_ASKED if n == 0 else None)
    add_call(world, next(places), morning, **of_name(_name(140), caller_number(198)) | unlinked)
    place = next(places)
    customer = add_customer(world, place)
    nothing_known = {"customer_link_method": None, "customer_link_confidence": None, "customer_linked_at": None}
    add_call(world, place, morning, **of_customer(customer) | nothing_known | unlinked)
    return {
        "name_with_hidden_number_unlinked": 16,
        "hidden_number_unlinked": 27,
        "name_with_visible_number_unlinked": 1,
        "customer_unlinked": 1,
    }


def _other_appointments(world: World, places: Iterator[Place], morning: datetime) -> None:
    """What was booked without a call: coming, past, cancelled and missed."""
    kinds = ("confirmed", "completed", "cancelled", "no_show", "scheduled")
    sources = ("cal.com", "web", "walk-in", "online", "api")
    for n, place in zip(range(25), places, strict=False):
        kind = kinds[n % len(kinds)]
        past = kind in {"completed", "no_show"}
        first_day = morning + timedelta(days=-30 if past else 9)
        made_at = morning - timedelta(days=40 + n)
        appointment = add_appointment(world, place, add_customer(world, place), first_day, made_at, status=kind)
        appointment["source"] = sources[n // 5 % len(sources)]
        if kind == "cancelled":
            appointment["cancellation_reason"] = "Der Kunde hat online abgesagt."


def _never_answered(status: str) -> Row:
    """Columns of a call that never became a conversation."""
    return {
        "status": status,
        "call_status": status.replace("_", "-"),
        "duration_sec": None,
        "duration_ms": None,
        "end_timestamp": None,
        "transcript": None,
        "summary": None,
        "session_outcome": None,
        "disconnection_reason": None,
        "sentiment": None,
    }


def _name(n: int) -> str:
    return f"{texts.FIRST_NAMES[n * 5 % 24]} {texts.LAST_NAMES[n * 11 % 24]}"
