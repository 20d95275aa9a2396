"""Writing: what a new booking needs, and how an unclear answer becomes a clear one without asking twice."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from data_consistency.calendar.calcom.errors import CalcomError, Refusal, Refused, Unavailable, UnexpectedAnswer
from data_consistency.calendar.calcom.listing import Edge, Query, Window
from data_consistency.calendar.calcom.models import CALL_ID, Booking, Standing
from data_consistency.calendar.calcom.walk import Walk
from data_consistency.errors import DataConsistencyError
from data_consistency.identity import call_name

CHECK_AFTER = (2.0, 10.0, 30.0)  # seconds; reads come from a replica that lags
_NEAR = timedelta(minutes=5)
_UID = re.compile(r"[A-Za-z0-9_-]{1,191}")
# Words of a refusal that a stored booking may hide behind. The others are about the request itself.
_UNCLEAR = frozenset({Refusal.SLOT_TAKEN, Refusal.RACED, Refusal.OTHER})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """What is to be booked, for whom. It is sent and not kept."""

    event_type_id: int
    start: datetime
    call_id: str
    attendee_name: str = field(repr=False)
    attendee_time_zone: str
    attendee_email: str | None = field(default=None, repr=False)
    attendee_phone: str | None = field(default=None, repr=False)
    language: str | None = None
    length_minutes: int | None = None  # only for event types with several lengths
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse what Cal.com would refuse, or silently lose.

        Raises:
            ValueError: the message names the field.
        """
        if self.start.tzinfo is None:
            raise ValueError("start: needs its zone")
        if not self.attendee_email and not self.attendee_phone:
            raise ValueError("attendee: an e-mail or a phone number is needed")
        kept = {**self.metadata, CALL_ID: self.call_id}
        if not self.call_id or not all(isinstance(value, str) for value in kept.values()):
            raise ValueError("metadata: texts only, call_id among them: one other value would empty all of it")
        if len(kept) > 50 or any(len(key) > 40 or len(value) > 500 for key, value in kept.items()):
            raise ValueError("metadata: at most 50 keys of 40 letters with texts of 500")

    def body(self) -> dict[str, object]:
        """As the body of the request: no end, and nothing that the server does not know."""
        attendee = {
            "name": self.attendee_name,
            "timeZone": self.attendee_time_zone,
            "email": self.attendee_email,
            "phoneNumber": self.attendee_phone,
            "language": self.language,
        }
        body: dict[str, object] = {
            "start": _iso(self.start),
            "eventTypeId": self.event_type_id,
            "attendee": {name: value for name, value in attendee.items() if value},
            "metadata": {**self.metadata, CALL_ID: self.call_id},
        }
        if self.length_minutes is not None:
            body["lengthInMinutes"] = self.length_minutes
        return body

    def window(self) -> Window:
        """The start, a little to both sides."""
        return Window(edge=Edge.START, lower=self.start - _NEAR, upper=self.start + _NEAR)


class Outcome(StrEnum):
    """What became of a booking."""

    BOOKED = "booked"
    CONFLICT = "conflict"  # the place is another call's
    UNVERIFIED = "unverified"  # nobody knows: no second attempt before a complete walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The outcome, the booking that proves it, and the error that made it unclear."""

    outcome: Outcome
    booking: Booking | None
    error: CalcomError | None = None


def is_unclear(error: CalcomError) -> bool:
    """Whether a booking may exist although creating it failed."""
    if isinstance(error, Refused):
        return error.refusal in _UNCLEAR
    if isinstance(error, Unavailable):
        return error.was_sent
    return isinstance(error, UnexpectedAnswer)


def judge(new: NewBooking, booking: Booking) -> Booked:
    """A good answer may hold another call's booking: types with confirmation answer a repeat with the first one."""
    if booking.seat_uid is not None or booking.metadata_is_empty or call_name(new.call_id) in booking.call_names:
        return Booked(outcome=Outcome.BOOKED, booking=booking)
    return Booked(outcome=Outcome.CONFLICT, booking=booking)


def settle(
    new: NewBooking,
    error: CalcomError,
    *,
    search: Callable[[Query], Walk],
    sleep: Callable[[float], None],
    checks: tuple[float, ...] = CHECK_AFTER,
) -> Booked:
    """Look for a booking whose creation failed; nothing is sent again.

    Our own call's booking proves success at once. Another's counts only after the last look, when ours
    would have appeared. A booking of somebody else at the same time explains a refusal, not a
    failure of the server.
    """
    found = Booked(outcome=Outcome.UNVERIFIED, booking=None, error=error)
    waited = 0.0
    for after in checks:
        sleep(after - waited)
        waited = after
        found = _look(new, error, search, _of_person(new)) or found
        if found.outcome is Outcome.BOOKED:
            return found
    if found.outcome is Outcome.UNVERIFIED and isinstance(error, Refused) and error.refusal is not Refusal.OTHER:
        found = _look(new, error, search, _of_event_type(new)) or found
    return found


def uid_path(uid: str) -> str:
    """A uid as part of an address.

    Raises:
        ValueError: not a uid; the message does not repeat it.
    """
    if not _UID.fullmatch(uid):
        raise ValueError("not a uid of Cal.com: letters, digits, - and _ only")
    return f"/v2/bookings/{uid}"


def cancel_body(seat_uid: str | None, reason: str) -> dict[str, object]:
    """Body of a cancellation: of one guest's seat, without a reason, or of the booking of all, with one."""
    return {"cancellationReason": reason} if seat_uid is None else {"seatUid": seat_uid}


def reschedule_body(start: datetime, reason: str | None, seat_uid: str | None = None) -> dict[str, object]:
    """Body of a move.

    Raises:
        ValueError: the start has no zone.
    """
    if start.tzinfo is None:
        raise ValueError("start: needs its zone")
    if seat_uid is not None:
        return {"start": _iso(start), "seatUid": seat_uid}
    return {"start": _iso(start), **({"reschedulingReason": reason} if reason else {})}


def _of_person(new: NewBooking) -> Query:
    if new.attendee_email is None:  # the server invents an address
        return _of_event_type(new)
    return Query(window=new.window(), attendee_email=new.attendee_email)


def _of_event_type(new: NewBooking) -> Query:
    return Query(window=new.window(), event_type_ids=(new.event_type_id,))


def _look(new: NewBooking, error: CalcomError, search: Callable[[Query], Walk], query: Query) -> Booked | None:
    try:
        walk = search(query)
    except DataConsistencyError:
        return None  # the next look may succeed
    near = [row for row in walk.bookings if row.standing is Standing.LIVE and new.window().holds(row)]
    own = next((row for row in near if call_name(new.call_id) in row.call_names), None)
    if own is not None:
        return Booked(outcome=Outcome.BOOKED, booking=own, error=error)
    other = next((row for row in near if not row.may_be_any_calls), None)
    return Booked(outcome=Outcome.CONFLICT, booking=other, error=error) if other is not None else None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
