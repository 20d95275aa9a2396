"""The words of post-booking validation: verdicts, reasons, what a look has found, what the caller may be told. Pure.

The verdict is graded, because the answers differ: what is *absent* is taken back, what is there with other flags is
repaired and kept, what contradicts itself is for a person, and what could not be looked at is looked at again. Whatever
it is, no answer lets a second booking be offered while the first one may live.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from data_consistency.booking.request import BookingRequest

# The statuses of WAS_NEVER_BOOKED in sql/functions/.
NEVER_BOOKED = frozenset({"rejected", "failed"})
VOID = NEVER_BOOKED | {"cancelled"}
# Whether the caller has an appointment. That nobody knows is a word, which no language takes for *false*: who asks no
# more than `if not stands` offers no second booking.
Stands = bool | Literal["unknown"]
NOBODY_KNOWS: Final = "unknown"


class Verdict(StrEnum):
    """What is true of a booking that was announced."""

    CONFIRMED = "confirmed"
    FLAGS_DIFFER = "flags_differ"  # the booking is there, the call says otherwise
    CONTRADICTED = "contradicted"  # something is there, but not what was expected
    ABSENT = "absent"  # neither an appointment nor a booking of the calendar
    UNKNOWN = "unknown"  # could not be looked at: never a reason to take anything back


class Reason(StrEnum):
    """Why a booking is not confirmed; the first six are those of the system before."""

    NOT_FOUND = "appointment_not_found"
    NOT_LINKED = "appointment_not_linked"
    WRONG_CALL = "appointment_wrong_call"
    BOOKING_ID_MISMATCH = "calcom_booking_id_mismatch"
    TOO_OLD = "appointment_too_old"
    FLAGS_INCONSISTENT = "call_flags_inconsistent"
    IN_FUTURE = "appointment_in_future"  # made after it was announced: a clock is wrong, or a zone
    NOT_LIVE = "appointment_not_live"
    CHANGE_NOT_SHOWN = "change_not_shown"  # the call moved or cancelled an appointment, and none shows it
    CALL_NOT_FOUND = "call_not_found"
    NOT_VERIFIABLE = "not_verifiable"


class Tell(StrEnum):
    """What the caller on the telephone may be told."""

    BOOKED = "booked"  # there is an appointment
    CHANGED = "changed"  # the appointment was moved or cancelled, as wanted
    BEING_CHECKED = "being_checked"  # nobody knows yet; offer no second one
    NOT_BOOKED = "not_booked"  # surely none: another may be offered


class Calendar(StrEnum):
    """What is known of the booking in the calendar."""

    BOOKED = "booked"
    ONE_BOOKING = "one_booking"  # booked, and what the rows name is the same booking before or after a move
    NOT_BOOKED = "not_booked"  # proved: a complete look, and nothing in it can be the call's
    UNREADABLE = "unreadable"  # there are bookings whose call cannot be read
    SILENT = "silent"  # connected, but cannot be asked now
    NONE = "none"  # nobody connected one


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingReading:
    """One look at a call and the appointment that it should have."""

    call_id: int
    company_id: int | None
    retell_call_id: str
    appointment_made: bool
    session_outcome: str | None
    has_booked_outcome: bool
    appointment_link_status: str | None
    appointment_id: int | None
    appointment_call_id: int | None
    appointment_status: str | None
    appointment_created_at: datetime | None
    age_seconds: int | None  # of the appointment, when it was announced
    calendar_ids: frozenset[str]  # every number and uid the appointment carries
    is_change: bool = False  # the call says that it moved or cancelled an appointment
    appointment_was_changed: bool = False
    live_appointment_id: int | None = None  # the newest of the call that will take place
    known_digest: str | None = None  # of the request that had the same key before; None: nobody used it

    @property
    def stands(self) -> bool:
        """Whether the call has an appointment that will take place, whichever was asked for."""
        is_own = self.appointment_call_id == self.call_id and self.appointment_status not in VOID
        return self.live_appointment_id is not None or (self.appointment_id is not None and is_own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """The answer to a booking path.

    `success` says that everything is as announced; `booking_stands`, whether the caller has an appointment of this
    call, and `tell`, what he may be told.
    """

    success: bool
    verdict: Verdict
    reason: str | None
    details: Mapping[str, object] = field(default_factory=dict)
    booking_stands: Stands = NOBODY_KNOWS
    tell: Tell = Tell.BEING_CHECKED
    request: BookingRequest | None = None  # that was looked at; None: a result that was made elsewhere

    @property
    def is_of_times_alone(self) -> bool:
        """Whether a booking that stands was only made at another time than announced: nobody need look at it."""
        return self.booking_stands is True and self.reason in {Reason.TOO_OLD, Reason.IN_FUTURE}
