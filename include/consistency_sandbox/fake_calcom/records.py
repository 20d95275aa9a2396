"""A booking as the fake server stores it."""

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
class Seat:
    """One guest's place in a booking that several share; he has his own metadata."""

    uid: str
    name: str
    email: str
    phone: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


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
    root_uid: str | None = None  # first of a chain of moves; None: it was never moved
    seated: bool = False
    seats: tuple[Seat, ...] = ()  # of a seated booking
    colleagues: int = 0  # hosts beside the organiser; it is one booking all the same
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
