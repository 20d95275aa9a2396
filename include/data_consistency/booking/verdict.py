"""Post-booking validation: what a request expects, what the rows say, and the verdict. Pure.

The verdict is graded, because the answers differ: what is *absent* is taken back, what is there with other flags is
repaired and kept, what contradicts itself is for a person, and what could not be looked at is looked at again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from data_consistency.errors import WrongUse

MAX_AGE_SECONDS = 300
_MAX_ID = 2**63 - 1
_MAX_BOOKING_ID = 191
# The statuses of WAS_NEVER_BOOKED in sql/functions/.
NEVER_BOOKED = frozenset({"rejected", "failed"})
# A row made an instant after the request was read is not from the future: both clocks are the database's, in seconds.
_CLOCK_SECONDS = 5


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
    NOT_LIVE = "appointment_not_live"
    CHANGE_NOT_SHOWN = "change_not_shown"  # the call moved or cancelled an appointment, and none shows it
    CALL_NOT_FOUND = "call_not_found"
    NOT_VERIFIABLE = "not_verifiable"


class Calendar(StrEnum):
    """What is known of the booking in the calendar."""

    BOOKED = "booked"
    ONE_BOOKING = "one_booking"  # booked, and what the rows name is the same booking before or after a move
    NOT_BOOKED = "not_booked"  # proved: a complete look, and nothing in it can be the call's
    UNREADABLE = "unreadable"  # there are bookings whose call cannot be read
    SILENT = "silent"  # connected, but cannot be asked now
    NONE = "none"  # nobody connected one


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What the booking path believes it did.

    Raises:
        WrongUse: an id that cannot be one; the message names the field, never the value.
    """

    call_id: int
    company_id: int | None = None  # of the caller; None: a caller who may see all
    appointment_id: int | None = None
    external_booking_id: str | None = None  # number or uid of the calendar's booking, as text

    def __post_init__(self) -> None:
        _require_id("call", self.call_id)
        for name in ("company_id", "appointment_id"):
            if getattr(self, name) is not None:
                _require_id(name, getattr(self, name))
        if self.external_booking_id is not None:
            _require_booking_id(self.external_booking_id)


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
    age_seconds: int | None
    calendar_ids: frozenset[str]  # every number and uid the appointment carries
    is_change: bool = False  # the call says that it moved or cancelled an appointment
    appointment_was_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """The answer to a booking path.

    `success` says that everything is as announced; `booking_stands`, that the customer has an appointment.
    """

    success: bool
    verdict: Verdict
    reason: str | None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def booking_stands(self) -> bool:
        """Whether there is an appointment of this call, whatever its flags say."""
        return self.verdict in {Verdict.CONFIRMED, Verdict.FLAGS_DIFFER}


def judge(
    request: BookingRequest, reading: BookingReading | None, *, at: datetime, max_age_seconds: int = MAX_AGE_SECONDS
) -> ValidationResult:
    """The verdict of the rows alone; the first failing check decides.

    Args:
        request: what is expected.
        reading: what there is; None: no such call, or not one of the caller's company.
        at: UTC, naive; told as `validated_at`.
        max_age_seconds: how old an appointment may be that a call has just made.
    """
    if reading is None:
        return _failed(Verdict.UNKNOWN, Reason.CALL_NOT_FOUND, at, "The call does not exist.", call_id=request.call_id)
    return (
        (_changed(reading, at) if reading.is_change else None)
        or _missing(request, reading, at)
        or _contradicted(request, reading, at, max_age_seconds)
        or _flags(reading, at)
        or _confirmed(at, appointment_id=reading.appointment_id)
    )


def unverifiable(request: BookingRequest, *, at: datetime, cause: str) -> ValidationResult:
    """The answer when the rows, or the calendar, could not be looked at."""
    return _failed(
        Verdict.UNKNOWN,
        Reason.NOT_VERIFIABLE,
        at,
        "It could not be looked at; nothing was changed, and it will be looked at again.",
        call_id=request.call_id,
        cause=cause,
    )


def one_booking(reading: BookingReading, *, at: datetime) -> ValidationResult:
    """The answer when announced id and stored one are those of one booking, before and after a move."""
    return _confirmed(at, appointment_id=reading.appointment_id, was_moved=True)


def _changed(reading: BookingReading, at: datetime) -> ValidationResult | None:
    """A call that changed an appointment made none, so nothing of it is ever absent; None: it has made one, too."""
    if reading.appointment_was_changed:
        return _confirmed(at, appointment_id=reading.appointment_id, was_changed=True)
    is_own = reading.appointment_call_id == reading.call_id
    if is_own and reading.appointment_status not in NEVER_BOOKED:
        return None
    return _failed(
        Verdict.UNKNOWN,
        Reason.CHANGE_NOT_SHOWN,
        at,
        "The call changed an appointment, and no appointment shows it; nothing is taken back.",
        call_id=reading.call_id,
        appointment_id=reading.appointment_id,
    )


def _missing(request: BookingRequest, reading: BookingReading, at: datetime) -> ValidationResult | None:
    if reading.appointment_id is not None:
        return None
    if request.appointment_id is not None:
        return _failed(
            Verdict.ABSENT,
            Reason.NOT_FOUND,
            at,
            "There is no such appointment.",
            expected_id=request.appointment_id,
            call_id=reading.call_id,
        )
    return _failed(
        Verdict.ABSENT,
        Reason.NOT_LINKED,
        at,
        "No appointment names the call.",
        call_id=reading.call_id,
        retell_call_id=reading.retell_call_id,
    )


def _contradicted(
    request: BookingRequest, reading: BookingReading, at: datetime, max_age_seconds: int
) -> ValidationResult | None:
    if reading.appointment_call_id != reading.call_id:
        return _failed(
            Verdict.CONTRADICTED,
            Reason.WRONG_CALL,
            at,
            "The appointment belongs to another call.",
            appointment_id=reading.appointment_id,
            appointment_call_id=reading.appointment_call_id,
            expected_call_id=reading.call_id,
        )
    if reading.appointment_status in NEVER_BOOKED or reading.appointment_status == "cancelled":
        return _failed(
            Verdict.ABSENT if reading.appointment_status in NEVER_BOOKED else Verdict.CONTRADICTED,
            Reason.NOT_LIVE,
            at,
            "The appointment will not take place.",
            appointment_id=reading.appointment_id,
            status=reading.appointment_status,
        )
    expected = request.external_booking_id
    if expected is not None and expected not in reading.calendar_ids:
        return _failed(
            Verdict.CONTRADICTED,
            Reason.BOOKING_ID_MISMATCH,
            at,
            "The appointment carries another booking's id.",
            appointment_id=reading.appointment_id,
            appointment_calcom_id=sorted(reading.calendar_ids),
            expected_calcom_id=expected,
        )
    return _too_old(reading, at, max_age_seconds)


def _too_old(reading: BookingReading, at: datetime, max_age_seconds: int) -> ValidationResult | None:
    age = reading.age_seconds
    if age is not None and -_CLOCK_SECONDS <= age <= max_age_seconds:
        return None
    created = reading.appointment_created_at
    return _failed(
        Verdict.CONTRADICTED,
        Reason.TOO_OLD,
        at,
        "The appointment was not made just now.",
        appointment_id=reading.appointment_id,
        created_at=None if created is None else _iso(created),
        age_seconds=age,
        max_age_seconds=max_age_seconds,
    )


def _flags(reading: BookingReading, at: datetime) -> ValidationResult | None:
    issues = []
    if not reading.appointment_made:
        issues.append("appointment_made is not set")
    if not reading.has_booked_outcome:
        issues.append("session_outcome is not a booked one")
    if reading.appointment_link_status != "linked":
        issues.append("appointment_link_status is not linked")
    if not issues:
        return None
    return _failed(
        Verdict.FLAGS_DIFFER,
        Reason.FLAGS_INCONSISTENT,
        at,
        "The appointment is there, but the call does not say so.",
        call_id=reading.call_id,
        appointment_id=reading.appointment_id,
        issues=issues,
        appointment_made=reading.appointment_made,
        session_outcome=reading.session_outcome,
        appointment_link_status=reading.appointment_link_status,
    )


def _confirmed(at: datetime, **details: object) -> ValidationResult:
    return ValidationResult(
        success=True, verdict=Verdict.CONFIRMED, reason=None, details={"validated_at": _iso(at), **details}
    )


def _failed(verdict: Verdict, reason: Reason, at: datetime, description: str, **details: object) -> ValidationResult:
    return ValidationResult(
        success=False,
        verdict=verdict,
        reason=reason.value,
        details={"validated_at": _iso(at), "description": description, **details},
    )


def _iso(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _require_id(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID:
        raise WrongUse(f"{name}: not an id; use a whole number from 1 up")


def _require_booking_id(value: object) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_BOOKING_ID or not value.isprintable():
        raise WrongUse(
            f"external_booking_id: not a booking's number or uid; use a text of 1 to {_MAX_BOOKING_ID} characters"
        )
