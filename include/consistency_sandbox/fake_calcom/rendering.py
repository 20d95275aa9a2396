"""The shapes in which the fake server gives a booking away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consistency_sandbox.fake_calcom.records import Record, Seat, iso


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the asker gets to see."""

    shows_attendees: bool = True  # of a seated booking: the host's key, or an event type that shows them
    names_root: bool = False  # a newer server says which booking a chain of moves began with
    names_all_hosts: bool = False  # else the organiser alone, and colleagues stand among the attendees


_ALL = View()


def render(record: Record, view: View = _ALL) -> dict[str, Any]:
    """The booking in the shape of 2024-08-13 and its successors."""
    minutes = int((record.end - record.start).total_seconds() // 60)
    shown: dict[str, Any] = {
        "id": record.id,
        "uid": record.uid,
        "title": f"{record.slug} with a guest",
        "description": "",
        "hosts": _hosts(record) if view.names_all_hosts else [_host()],
        "status": record.status,
        "cancellationReason": record.cancellation_reason,
        "cancelledByEmail": "",
        "reschedulingReason": record.rescheduling_reason,
        "start": iso(record.start),
        "end": iso(record.end),
        "duration": minutes,
        "eventTypeId": record.event_type,
        "eventType": {"id": record.event_type, "slug": record.slug},
        "location": "integrations:daily",
        "meetingUrl": "integrations:daily",
        "absentHost": False,
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at) if record.updated_at else None,
        "metadata": _metadata(record.metadata),
        "rating": None,
        "icsUid": record.ics_uid,
        "attendees": [_attendee(record), *([] if view.names_all_hosts else map(_colleague, _others(record)))],
        "guests": [],
        "bookingFieldsResponses": {"name": record.attendee_name, "email": record.attendee_email},
    }
    if record.seated:
        del shown["metadata"], shown["guests"], shown["bookingFieldsResponses"]  # each guest has his own
        shown["attendees"] = [_seat(record, seat) for seat in record.seats] if view.shows_attendees else []
    return shown | _links(record, view) | dict(record.overrides)


def _links(record: Record, view: View) -> dict[str, Any]:
    """What a booking says of others; a recurrence does not know where it was moved to."""
    links = {
        "rescheduledFromUid": record.rescheduled_from,
        "rescheduledToUid": None if record.recurring_uid else record.rescheduled_to,
        "recurringBookingUid": record.recurring_uid,
        "rootBookingUid": (record.root_uid or record.uid) if view.names_root else None,
    }
    return {name: uid for name, uid in links.items() if uid is not None}


def render_oldest(record: Record) -> dict[str, Any]:
    """The booking in the shape of 2024-04-15, which answers whoever forgets the version."""
    return {
        "id": record.id,
        "uid": record.uid,
        "title": f"{record.slug} with a guest",
        "startTime": iso(record.start),
        "endTime": iso(record.end),
        "status": record.status.upper(),
        "attendees": [{"email": record.attendee_email, "name": record.attendee_name, "timeZone": record.time_zone}],
        "eventType": {"id": record.event_type, "slug": record.slug},
    }


def _metadata(stored: Mapping[str, Any]) -> dict[str, Any]:
    """One value that is no text, and the whole record comes out empty."""
    return dict(stored) if all(isinstance(value, str) for value in stored.values()) else {}


def _host(number: int = 0) -> dict[str, Any]:
    name = f"host{number}" if number else "host"
    return {
        "id": 7 + number,
        "name": "Host of the fake",
        "email": f"{name}@example.org",
        "displayEmail": f"{name}@example.org",
        "username": name,
        "timeZone": "Europe/Berlin",
    }


def _others(record: Record) -> range:
    return range(1, record.colleagues + 1)


def _hosts(record: Record) -> list[dict[str, Any]]:
    return [_host(), *map(_host, _others(record))]


def _colleague(number: int) -> dict[str, Any]:
    """A host beside the organiser, as the open code shows one: as if he were a guest."""
    host = _host(number)
    shown = {name: host[name] for name in ("name", "email", "displayEmail", "timeZone")}
    return {**shown, "language": "de", "absent": False}


def _attendee(record: Record) -> dict[str, Any]:
    attendee: dict[str, Any] = {
        "name": record.attendee_name,
        "email": record.attendee_email,
        "displayEmail": record.attendee_email,
        "timeZone": record.time_zone,
        "language": "de",
        "absent": False,
    }
    if record.attendee_phone:
        attendee["phoneNumber"] = record.attendee_phone
    return attendee


def _seat(record: Record, seat: Seat) -> dict[str, Any]:
    attendee: dict[str, Any] = {
        "name": seat.name,
        "email": seat.email,
        "displayEmail": seat.email,
        "timeZone": record.time_zone,
        "language": "de",
        "absent": False,
        "seatUid": seat.uid,
        "bookingFieldsResponses": {"name": seat.name},
        "metadata": _metadata(seat.metadata),
    }
    if seat.phone:
        attendee["phoneNumber"] = seat.phone
    return attendee
