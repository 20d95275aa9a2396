"""From what the calendar says to rows of the mirror: ids, states and times, nothing about people."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from data_consistency.calendar.calcom import Booking, Status

_UID = 100  # widths of the columns
_ID = 2**64
_STATUSES = {Status.AWAITING_HOST: "pending"}  # holds the place, unconfirmed
_NEVER = datetime.min.replace(tzinfo=UTC)


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
        "metadata_call_id": booking.call_name,
        "rescheduled_to_uid": None if booking.rescheduled_to_uid is None else booking.rescheduled_to_uid[:_UID],
    }


def naive(moment: datetime) -> datetime:
    """A time as the database stores it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """A time of the database as the calendar takes it."""
    return moment.replace(tzinfo=UTC)
