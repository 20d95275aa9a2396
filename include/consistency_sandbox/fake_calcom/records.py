"""A booking as the fake server stores it, and the shapes in which it gives it away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from data_consistency.errors import WrongUse

VOID = frozenset({"cancelled", "rejected"})

# Rows as the real server was seen to send them, against its own document.
ODD_ROWS: Mapping[str, Mapping[str, Any]] = {
    "nulls": {
        "description": None,
        "location": None,
        "meetingUrl": None,
        "rescheduledByEmail": None,
        "eventTypeId": None,
        "rating": None,
        "icsUid": None,
        "updatedAt": None,
    },
    "empty_texts": {"cancellationReason": "", "cancelledByEmail": "", "reschedulingReason": ""},
    "no_event_type": {"eventType": None, "eventTypeId": None},
    "awaiting_host": {"status": "awaiting_host"},
    "unknown_status": {"status": "on_the_moon"},
    "host_unknown": {
        "hosts": [{"id": "unknown", "name": "unknown", "email": "unknown", "displayEmail": "unknown", "username": "x"}]
    },
    "no_start": {"start": None},
    "naive_start": {"start": "2026-11-23T10:00:00"},
    "no_uid": {"uid": None},
    "no_milliseconds": {"start": "2026-11-23T10:00:00Z"},
    "number_as_text": {"id": "17"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One booking. Times are aware and UTC; `overrides` replace fields of what is sent."""

    id: int
    uid: str
    status: str
    start: datetime
    end: datetime
    created_at: datetime
    updated_at: datetime | None
    event_type: int
    slug: str
    attendee_name: str
    attendee_email: str
    attendee_phone: str | None = None
    time_zone: str = "Europe/Berlin"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rescheduled_from: str | None = None
    rescheduled_to: str | None = None
    cancellation_reason: str = ""
    rescheduling_reason: str = ""
    ics_uid: str | None = None
    recurring_uid: str | None = None
    seated: bool = False
    stranger: bool = False  # another user's: readable by its uid, in no list
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sort_uuid(self) -> str:
        """What the newer list sorts by: it seems to follow the start."""
        return f"{self.start:%Y%m%d%H%M%S%f}-{self.id:08d}"


def iso(at: datetime) -> str:
    """A time as the server writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(value: object) -> datetime:
    """A time as a client writes it.

    Raises:
        WrongUse: no time with a zone.
    """
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        raise WrongUse("not an ISO 8601 time") from None
    if at.tzinfo is None:
        raise WrongUse("a time without its zone")
    return at.astimezone(UTC)


def render(record: Record) -> dict[str, Any]:
    """The booking in the shape of 2024-08-13 and its successors."""
    minutes = int((record.end - record.start).total_seconds() // 60)
    shown: dict[str, Any] = {
        "id": record.id,
        "uid": record.uid,
        "title": f"{record.slug} with a guest",
        "description": "",
        "hosts": [_host()],
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
        "attendees": [_attendee(record)],
        "guests": [],
        "bookingFieldsResponses": {"name": record.attendee_name, "email": record.attendee_email},
    }
    if record.rescheduled_from:
        shown["rescheduledFromUid"] = record.rescheduled_from
    if record.rescheduled_to:
        shown["rescheduledToUid"] = record.rescheduled_to
    if record.recurring_uid:
        shown["recurringBookingUid"] = record.recurring_uid
    return shown | dict(record.overrides)


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


def _host() -> dict[str, Any]:
    return {
        "id": 7,
        "name": "Host of the fake",
        "email": "host@example.org",
        "displayEmail": "host@example.org",
        "username": "host",
        "timeZone": "Europe/Berlin",
    }


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
    if record.seated:
        attendee |= {"seatUid": f"seat-{record.uid}", "bookingFieldsResponses": {}, "metadata": {}}
    return attendee
