"""What we keep of Cal.com's answers: ids, states and times. No names, no addresses, no free text."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from data_consistency.identity import is_call_name, name_in_metadata

T = TypeVar("T")

# Strict on purpose: `fromisoformat` would also take dates without a time, and times without a zone.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")
_FRACTION = re.compile(r"\.(\d{6})\d+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: JSON can hold it, UTF-8 cannot
_MAX_TEXT = 500
CALL_ID = "call_id"  # the key of a booking's metadata that names the call


class Status(StrEnum):
    """State of a booking; a word that we do not know is kept as `other`."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    AWAITING_HOST = "awaiting_host"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    OTHER = "other"


class Standing(StrEnum):
    """What the state means for an appointment."""

    LIVE = "live"  # pending and awaiting_host too: they hold the place, unconfirmed
    MOVED = "moved"  # void, with a successor
    VOID = "void"
    UNJUDGED = "unjudged"  # a state that we do not know


class MalformedBooking(ValueError):
    """A row that cannot be read; the message names the field and never its value."""

    def __init__(self, field: str, problem: str, *, uid: str | None = None) -> None:
        """Keep the uid where it could be read."""
        self.field = field
        self.uid = uid
        super().__init__(f"booking.{field}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One guest's place in a booking that several share."""

    uid: str
    call_name: str | None  # of the call that took it


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A booking as Cal.com has it. Times are aware and UTC."""

    uid: str
    id: int | None
    status: Status
    start: datetime
    end: datetime
    created_at: datetime | None
    updated_at: datetime | None
    event_type_id: int | None
    call_id: str | None  # as it stands in the metadata
    call_name: str | None  # the same in the spelling in which names are compared
    metadata_is_empty: bool  # then nothing is known of a call: one odd value empties all of it
    is_seated: bool  # several guests share it, and each has his own metadata
    seats: tuple[Seat, ...]  # empty also where the server hides them
    seat_uid: str | None  # in the answer to a writing: the guest's own
    recurring_uid: str | None
    root_uid: str | None  # the first of a chain of moves, where the server says it
    rescheduled_from_uid: str | None
    rescheduled_to_uid: str | None
    ics_uid: str | None

    @property
    def call_names(self) -> frozenset[str]:
        """The names of all calls that it holds."""
        names = [seat.call_name for seat in self.seats] if self.is_seated else [self.call_name]
        return frozenset(name for name in names if name is not None)

    @property
    def may_be_any_calls(self) -> bool:
        """Whether a call cannot be read: emptied, hidden, left out, or a text that may be anybody's."""
        if self.is_seated:
            return not self.seats or not all(is_call_name(seat.call_name) for seat in self.seats)
        return not is_call_name(self.call_name)

    @property
    def standing(self) -> Standing:
        """Live, moved, void or unjudged."""
        if self.status in (Status.ACCEPTED, Status.PENDING, Status.AWAITING_HOST):
            return Standing.LIVE
        if self.status is Status.OTHER:
            return Standing.UNJUDGED
        return Standing.VOID if self.rescheduled_to_uid is None else Standing.MOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A row that could not be read, with what could: enough to know it again, and whose booking it may be."""

    uid: str | None
    field: str  # that could not be read
    id: int | None = None
    event_type_id: int | None = None
    created_at: datetime | None = None
    call_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Whose key it is."""

    id: int
    organization_id: int | None


def parse_booking(row: object) -> Booking:
    """Read one row; optional fields may be null, empty or missing, but not of another type.

    Raises:
        MalformedBooking: a required field is missing, or a field is not what it should be.
    """
    if not isinstance(row, Mapping):
        raise MalformedBooking("data", "is not an object")
    uid = row.get("uid")
    if not isinstance(uid, str) or not 0 < len(uid) <= _MAX_TEXT or _SURROGATE.search(uid):
        raise MalformedBooking("uid", "is missing or not a text")
    try:
        return _booking(uid, row)
    except MalformedBooking as error:
        error.uid = uid
        raise


def salvage(row: object, error: MalformedBooking) -> Unreadable:
    """What is left of a row that could not be read; whatever is odd in it counts as not there."""
    if not isinstance(row, Mapping):
        return Unreadable(uid=error.uid, field=error.field)
    return Unreadable(
        uid=error.uid,
        field=error.field,
        id=_or_none(lambda: _whole(row, "id")),
        event_type_id=_or_none(lambda: _event_type(row)),
        created_at=_or_none(lambda: _optional_instant(row, "createdAt")),
        call_name=_or_none(lambda: _name_of(row.get("metadata")) or _name_at_attendee(row.get("attendees"))),
    )


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except MalformedBooking:
        return None


def parse_profile(data: object) -> Profile:
    """Read the answer of `me`.

    Raises:
        MalformedBooking: the id is missing.
    """
    if not isinstance(data, Mapping):
        raise MalformedBooking("me", "is not an object")
    number = _whole(data, "id")
    if number is None:
        raise MalformedBooking("me.id", "is missing")
    return Profile(id=number, organization_id=_whole(data, "organizationId"))


def parse_instant(value: object, field: str) -> datetime:
    """An aware UTC time.

    Raises:
        MalformedBooking: not an ISO 8601 time with its zone.
    """
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise MalformedBooking(field, "is not a time with a zone")
    try:
        return datetime.fromisoformat(_FRACTION.sub(r".\1", value)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedBooking(field, "is no real time") from None


def _booking(uid: str, row: Mapping[str, object]) -> Booking:
    metadata = row.get("metadata")
    seats = _seats(row.get("attendees"))
    call_id = metadata.get(CALL_ID) if isinstance(metadata, Mapping) else None
    return Booking(
        uid=uid,
        id=_whole(row, "id"),
        status=_status(row.get("status")),
        start=parse_instant(row.get("start"), "start"),
        end=parse_instant(row.get("end"), "end"),
        created_at=_optional_instant(row, "createdAt"),
        updated_at=_optional_instant(row, "updatedAt"),
        event_type_id=_event_type(row),
        call_id=call_id if isinstance(call_id, str) and call_id else None,
        call_name=_name_of(metadata) or _name_at_attendee(row.get("attendees")),
        metadata_is_empty=not isinstance(metadata, Mapping) or not metadata,
        is_seated=bool(seats) or ("metadata" not in row and "attendees" in row),
        seats=seats,
        seat_uid=_text(row, "seatUid"),
        recurring_uid=_text(row, "recurringBookingUid"),
        rescheduled_from_uid=_text(row, "rescheduledFromUid"),
        rescheduled_to_uid=_text(row, "rescheduledToUid"),
        root_uid=_text(row, "rootBookingUid"),
        ics_uid=_text(row, "icsUid"),
    )


def _seats(attendees: object) -> tuple[Seat, ...]:
    """The guests of a seated booking: of any other, nobody has a seat."""
    found = ((_text(attendee, "seatUid"), attendee.get("metadata")) for attendee in _attendees(attendees))
    return tuple(Seat(uid=uid, call_name=_name_of(metadata)) for uid, metadata in found if uid is not None)


def _name_at_attendee(attendees: object) -> str | None:
    """Some paths hand the call in with the guest instead of the booking."""
    return next((name for one in _attendees(attendees) if (name := _name_of(one.get("metadata")))), None)


def _attendees(value: object) -> Iterator[Mapping[str, object]]:
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else iter(())


def _name_of(metadata: object) -> str | None:
    return name_in_metadata(metadata) if isinstance(metadata, Mapping) else None


def _status(value: object) -> Status:
    if not isinstance(value, str) or not value:
        raise MalformedBooking("status", "is missing or not a text")
    try:
        return Status(value.lower())
    except ValueError:
        return Status.OTHER


def _optional_instant(row: Mapping[str, object], field: str) -> datetime | None:
    value = row.get(field)
    return None if value is None or value == "" else parse_instant(value, field)


def _event_type(row: Mapping[str, object]) -> int | None:
    event_type = row.get("eventType")
    if isinstance(event_type, Mapping):
        return _whole(event_type, "id", name="eventType.id")
    return _whole(row, "eventTypeId")


def _whole(row: Mapping[str, object], field: str, *, name: str | None = None) -> int | None:
    value = row.get(field)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedBooking(name or field, "is not a whole number")
    return value


def _text(row: Mapping[str, object], field: str) -> str | None:
    value = row.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or _SURROGATE.search(value):
        raise MalformedBooking(field, "is not a text")
    return value
