"""Booking, with what the real server refuses and how it says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from consistency_sandbox.fake_calcom import seats
from consistency_sandbox.fake_calcom.body import BYPASSES, require_free, require_object, start_of
from consistency_sandbox.fake_calcom.records import VOID, Record
from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import EventType, World

_CREATE = BYPASSES | {
    "start",
    "attendee",
    "bookingFieldsResponses",
    "eventTypeId",
    "eventTypeSlug",
    "username",
    "teamSlug",
    "organizationSlug",
    "guests",
    "meetingUrl",
    "location",
    "metadata",
    "lengthInMinutes",
    "routing",
    "emailVerificationCode",
    "recurrenceCount",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A booking that a request made or changed, and the guest's place in it where several share it."""

    record: Record
    is_new: bool = True
    seat_uid: str | None = None


def create(world: World, body: Any) -> list[Written]:
    """The bookings of one request: several for a series. A repeat for a type with confirmation gets the first one.

    Raises:
        Denied: as the real server does.
    """
    asked = require_object(body, _CREATE)
    attendee = _attendee(asked.get("attendee"))
    kind = world.event_types.get(asked.get("eventTypeId", 0))
    if kind is None:
        raise Denied(404, f"Event type with id {asked.get('eventTypeId')} not found.")
    if not kind.has_hosts:
        raise Denied(422, "Event type has no hosts")
    start = start_of(world, asked)
    metadata = _metadata(asked.get("metadata", {}))
    first = _same(world, kind, start, attendee["email"])
    if kind.needs_confirmation and first is not None:
        return [Written(record=first, is_new=False)]
    length = timedelta(minutes=asked.get("lengthInMinutes", kind.minutes))
    if kind.seats:
        return [_seated(world, kind, start, length, attendee, metadata)]
    count = asked.get("recurrenceCount", kind.recurrences) if kind.recurrences else 1
    starts = [start + timedelta(weeks=number) for number in range(count)]
    for one in starts:
        require_free(world, one, one + length)
    series = world.new_uid() if kind.recurrences else None
    made = [_record(world, kind, one, length, attendee, metadata, series) for one in starts]
    for record in made:
        world.put(record)
    return [Written(record=record) for record in made]


def _seated(
    world: World, kind: EventType, start: datetime, length: timedelta, attendee: Mapping[str, str],
    metadata: Mapping[str, Any],
) -> Written:  # fmt: skip
    """A place in the booking that is there, or a booking with one guest."""
    fresh = _record(world, kind, start, length, attendee, metadata, None)
    seat = world.seat_of(fresh)
    there = seats.shared(world, kind, start)
    if there is not None:
        return Written(record=seats.sit(world, there, seat), seat_uid=seat.uid)
    require_free(world, start, start + length)
    record = replace(fresh, seats=(seat,), metadata={})
    world.put(record)
    return Written(record=record, seat_uid=seat.uid)


def _record(
    world: World, kind: EventType, start: datetime, length: timedelta, attendee: Mapping[str, str],
    metadata: Mapping[str, Any], series: str | None,
) -> Record:  # fmt: skip
    uid = world.new_uid()
    return Record(
        id=world.next_number(),
        uid=uid,
        status="pending" if kind.needs_confirmation else "accepted",
        start=start,
        end=start + length,
        created_at=world.clock.now(),
        updated_at=None,
        event_type=kind.id,
        slug=kind.slug,
        attendee_name=attendee["name"],
        attendee_email=attendee["email"],
        attendee_phone=attendee.get("phoneNumber"),
        time_zone=attendee["timeZone"],
        metadata=metadata,
        ics_uid=f"{uid}@fake",
        recurring_uid=series,
        seated=bool(kind.seats),
        colleagues=kind.colleagues,
    )


def _attendee(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value.get("name") or not value.get("timeZone"):
        raise Denied(400, ["attendee.name should not be empty", "attendee.timeZone must be a valid IANA time-zone"])
    if not value.get("email") and not value.get("phoneNumber"):
        raise Denied(400, "Attendee email or phone number is required")
    phone = str(value.get("phoneNumber", ""))
    invented = f"{phone.removeprefix('+')}@sms.example.org"
    return {**value, "email": value.get("email") or invented}


def _metadata(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or len(value) > 50:
        raise Denied(400, "metadata must have at most 50 keys")
    if any(len(key) > 40 or (isinstance(text, str) and len(text) > 500) for key, text in value.items()):
        raise Denied(400, "metadata keys must have at most 40, values at most 500 characters")
    return value


def _same(world: World, kind: EventType, start: datetime, email: str) -> Record | None:
    return next(
        (
            row
            for row in world.all_stored()
            if row.event_type == kind.id
            and row.start == start
            and row.attendee_email == email
            and row.status not in VOID
        ),
        None,
    )
