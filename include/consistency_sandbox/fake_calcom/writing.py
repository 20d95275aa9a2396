"""Booking, cancelling and moving, with what the real server refuses and how it says so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from consistency_sandbox.fake_calcom.records import VOID, Record, instant
from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import EventType, World
from data_consistency.errors import WrongUse

_BYPASSES = frozenset({"allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"})
_CREATE = _BYPASSES | {
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
}
_CANCEL = frozenset({"cancellationReason", "cancelSubsequentBookings", "seatUid"})
_MOVE = _BYPASSES | {
    "start",
    "rescheduledBy",
    "reschedulingReason",
    "emailVerificationCode",
    "rescheduleWithSameHost",
    "seatUid",
}
_TAKEN = "User either already has booking at this time or is not available"


def create(world: World, body: Any) -> tuple[Record, bool]:
    """A booking, and whether it is new: a repeat for a type with confirmation gets the first one.

    Raises:
        Denied: as the real server does.
    """
    asked = _object(body, _CREATE)
    attendee = _attendee(asked.get("attendee"))
    kind = world.event_types.get(asked.get("eventTypeId", 0))
    if kind is None:
        raise Denied(404, f"Event type with id {asked.get('eventTypeId')} not found.")
    if not kind.has_hosts:
        raise Denied(422, "Event type has no hosts")
    start = _start(world, asked)
    minutes = asked.get("lengthInMinutes", kind.minutes)
    end = start + timedelta(minutes=minutes)
    metadata = _metadata(asked.get("metadata", {}))
    first = _same(world, kind, start, attendee["email"])
    if kind.needs_confirmation and first is not None:
        return first, False
    _check_free(world, start, end)
    number, now = world.next_number(), world.clock.now()
    uid = world.new_uid()
    record = Record(
        id=number,
        uid=uid,
        status="pending" if kind.needs_confirmation else "accepted",
        start=start,
        end=end,
        created_at=now,
        updated_at=None,
        event_type=kind.id,
        slug=kind.slug,
        attendee_name=attendee["name"],
        attendee_email=attendee["email"],
        attendee_phone=attendee.get("phoneNumber"),
        time_zone=attendee["timeZone"],
        metadata=metadata,
        ics_uid=f"{uid}@fake",
        seated=kind.seated,
    )
    world.put(record)
    return record, True


def check_cancel(world: World, uid: str, body: Any) -> tuple[Record, str]:
    """The booking that may be cancelled and the reason.

    Raises:
        Denied: unknown, cancelled, ended, or a reason is needed.
    """
    asked = _object(body, _CANCEL)
    record = _known(world, uid)
    if record.status == "cancelled":
        raise Denied(400, f"Can't cancel booking with uid={uid} because it has been cancelled already.")
    if record.end < world.clock.now():
        raise Denied(400, "Cannot cancel a booking that has already ended")
    reason = str(asked.get("cancellationReason") or "")
    kind = world.event_types.get(record.event_type)
    if kind is not None and kind.needs_cancellation_reason and not reason:
        raise Denied(400, "Cancellation reason is required")
    return record, reason


def cancel(world: World, record: Record, reason: str) -> Record:
    """Cancel it."""
    done = replace(record, status="cancelled", cancellation_reason=reason, updated_at=world.clock.now())
    world.put(done)
    return done


def reschedule(world: World, uid: str, body: Any) -> tuple[Record, Record]:
    """The successor and the booking it replaces: a new row, not a new time.

    Raises:
        Denied: unknown, cancelled or rejected, taken, in the past.
    """
    asked = _object(body, _MOVE)
    record = _known(world, uid)
    if record.status in VOID:
        raise Denied(400, f"Can't reschedule booking with uid={uid} because it has been {record.status}.")
    start = _start(world, asked)
    end = start + (record.end - record.start)
    _check_free(world, start, end, besides=uid)
    return move(world, record, start, reason=str(asked.get("reschedulingReason") or ""))


def move(world: World, record: Record, start: datetime, *, reason: str = "") -> tuple[Record, Record]:
    """Move without asking whether it may be."""
    now, successor_uid = world.clock.now(), world.new_uid()
    successor = replace(
        record,
        id=world.next_number(),
        uid=successor_uid,
        start=start,
        end=start + (record.end - record.start),
        created_at=now,
        updated_at=None,
        rescheduled_from=record.uid,
        rescheduled_to=None,
        cancellation_reason=reason,  # as the real one does
        rescheduling_reason=reason,
    )
    old = replace(record, status="cancelled", rescheduled_to=successor_uid, updated_at=now)
    world.put(old)
    world.put(successor)
    return successor, old


def _known(world: World, uid: str) -> Record:
    record = world.stored(uid)
    if record is None:
        raise Denied(404, f"Booking with uid={uid} was not found in the database")
    return record


def _object(body: Any, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise Denied(400, "Unexpected body")
    unknown = sorted(set(body) - known)
    if unknown:
        raise Denied(400, [f"property {name} should not exist" for name in unknown])
    return body


def _attendee(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value.get("name") or not value.get("timeZone"):
        raise Denied(400, ["attendee.name should not be empty", "attendee.timeZone must be a valid IANA time-zone"])
    if not value.get("email") and not value.get("phoneNumber"):
        raise Denied(400, "Attendee email or phone number is required")
    phone = str(value.get("phoneNumber", ""))
    invented = f"{phone.removeprefix('+')}@sms.example.org"
    return {**value, "email": value.get("email") or invented}


def _start(world: World, asked: Mapping[str, Any]) -> datetime:
    try:
        start = instant(asked.get("start"))
    except WrongUse:
        raise Denied(400, ["start must be a valid ISO 8601 date string"]) from None
    if start < world.clock.now():
        raise Denied(400, "Attempting to book a meeting in the past.")
    return start


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


def _check_free(world: World, start: datetime, end: datetime, *, besides: str = "") -> None:
    """Only accepted bookings hold their place."""
    for row in world.all_stored():
        if row.status == "accepted" and not row.stranger and row.uid != besides and row.start < end and start < row.end:
            raise Denied(400, _TAKEN)
