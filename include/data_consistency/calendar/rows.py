"""From what the calendar says to rows of the mirror: ids, states and times, nothing about people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from data_consistency.calendar.calcom import Booking, Status, Unreadable
from data_consistency.identity import is_call_name

_UID = 100  # widths of the columns
_FIELD = 40
_SOMEBODY = "?"
_ID = 2**64
NAMELESS = ""  # uid of a row that says none; it may be any booking
_STATUSES = {Status.AWAITING_HOST: "pending"}  # holds the place, unconfirmed
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one window of a calendar holds, as rows of the mirror."""

    read: tuple[Mapping[str, object], ...]
    unreadable: tuple[Mapping[str, object], ...]  # of those nothing but ids is known


def brought(bookings: Iterable[Booking], unreadable: Iterable[Unreadable]) -> Brought:
    """Rows of what was read and of what could not be; a booking that was read once is no riddle."""
    kept = newest(bookings)
    rows = {uid: row_of(booking) for uid, booking in kept.items()}
    odd = [_without_column(kept[uid]) for uid, row in rows.items() if row is None]
    riddles = {str(row["calcom_uid"]): row for row in map(riddle_of, (*unreadable, *odd))}
    return Brought(
        read=tuple(row for row in rows.values() if row is not None),
        unreadable=tuple(row for uid, row in riddles.items() if rows.get(uid) is None),
    )


def riddle_of(row: Unreadable) -> Mapping[str, object]:
    """The row of a booking that could not be read: ids, and the field. One that says no uid has none here."""
    uid = row.uid if row.uid is not None and len(row.uid) <= _UID else NAMELESS
    return {
        "calcom_uid": uid,
        "calcom_id": None if uid == NAMELESS else _held(row.id),
        "event_type_id": _held(row.event_type_id),
        "created_at_calcom": None if row.created_at is None else naive(row.created_at),
        "metadata_call_id": row.call_name,
        "unreadable": row.field[:_FIELD],
    }


def _without_column(booking: Booking) -> Unreadable:
    return Unreadable(
        uid=booking.uid,
        field="uid" if len(booking.uid) > _UID else "id" if _held(booking.id) != booking.id else "eventType.id",
        id=booking.id,
        event_type_id=booking.event_type_id,
        created_at=booking.created_at,
        call_name=booking.call_name,
    )


def _held(number: int | None) -> int | None:
    return number if number is not None and 0 <= number < _ID else None


def newest(bookings: Iterable[Booking]) -> dict[str, Booking]:
    """Each uid once, as it was changed last; of equals the one read last."""
    kept: dict[str, Booking] = {}
    for booking in bookings:
        before = kept.get(booking.uid)
        if before is None or (before.updated_at or _NEVER) <= (booking.updated_at or _NEVER):
            kept[booking.uid] = booking
    return kept


def row_of(booking: Booking) -> Mapping[str, object] | None:
    """The row of a booking; None: it names ids that no column holds, so that it would be another's."""
    ids = [number for number in (booking.id, booking.event_type_id) if number is not None]
    if len(booking.uid) > _UID or not all(0 <= number < _ID for number in ids):
        return None
    return {
        "calcom_uid": booking.uid,
        "calcom_id": booking.id,
        "event_type_id": booking.event_type_id,
        "status": _STATUSES.get(booking.status, booking.status.value),
        "starts_at": naive(booking.start),
        "ends_at": naive(booking.end),
        "created_at_calcom": None if booking.created_at is None else naive(booking.created_at),
        "metadata_call_id": None if booking.is_seated else booking.call_name,
        "rescheduled_to_uid": _cut(booking.rescheduled_to_uid),
        "root_uid": None if booking.is_seated else _root_of(booking),
        "recurring_uid": _cut(booking.recurring_uid),
        "is_seated": booking.is_seated,
        "seat_calls": _seat_calls(booking),
    }


def _root_of(booking: Booking) -> str | None:
    """The first of its chain, as far as the booking says: at least the one before."""
    root = booking.root_uid or booking.rescheduled_from_uid
    return None if root == booking.uid else _cut(root)


def _seat_calls(booking: Booking) -> str | None:
    """The calls that took its seats; a seat whose call cannot be told is of `?`."""
    if not booking.seats:
        return None
    names = {seat.call_name if is_call_name(seat.call_name) else _SOMEBODY for seat in booking.seats}
    return ",".join(sorted(str(name) for name in names))


def _cut(uid: str | None) -> str | None:
    return None if uid is None else uid[:_UID]


def naive(moment: datetime) -> datetime:
    """A time as the database stores it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """A time of the database as the calendar takes it."""
    return moment.replace(tzinfo=UTC)
