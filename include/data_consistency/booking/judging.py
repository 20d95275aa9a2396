"""The verdict of the rows on what was announced; the first failing check decides. Pure."""

from dataclasses import replace
from datetime import datetime

from data_consistency.booking.request import BookingRequest
from data_consistency.booking.verdict import (
    NEVER_BOOKED,
    NOBODY_KNOWS,
    VOID,
    BookingReading,
    Reason,
    Tell,
    ValidationResult,
    Verdict,
)

MAX_AGE_SECONDS = 300
# Clocks of two machines; a row that lies further ahead was stored in another zone.
_CLOCK_SECONDS = 60


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
        or _contradicted(request, reading, at)
        or _of_another_time(reading, at, max_age_seconds)
        or _flags(reading, at)
        or _confirmed(at, appointment_id=reading.appointment_id)
    )


def unverifiable(request: BookingRequest, *, at: datetime, cause: str, stands: bool = False) -> ValidationResult:
    """The answer when the rows, or the calendar, could not be looked at."""
    return _failed(
        Verdict.UNKNOWN,
        Reason.NOT_VERIFIABLE,
        at,
        "It could not be looked at; nothing was changed.",
        stands=stands,
        call_id=request.call_id,
        cause=cause,
    )


def one_booking(reading: BookingReading, *, at: datetime) -> ValidationResult:
    """The answer when announced id and stored one are those of one booking, before and after a move."""
    return _confirmed(at, appointment_id=reading.appointment_id, was_moved=True)


def surely_absent(result: ValidationResult) -> ValidationResult:
    """An absence that the calendar has confirmed, or that no calendar can contradict: another may be offered."""
    return replace(result, booking_stands=False, tell=Tell.NOT_BOOKED)


def _changed(reading: BookingReading, at: datetime) -> ValidationResult | None:
    """A call that changed an appointment made none, so nothing of it is ever absent; None: it has made one, too."""
    if reading.appointment_was_changed:
        stands = reading.appointment_status not in VOID
        changed = _confirmed(at, appointment_id=reading.appointment_id, was_changed=True)
        return replace(changed, booking_stands=stands, tell=Tell.CHANGED)
    if reading.appointment_call_id == reading.call_id and reading.appointment_status not in NEVER_BOOKED:
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
    verdict = Verdict.CONTRADICTED if reading.stands else Verdict.ABSENT
    if request.appointment_id is not None:
        return _failed(
            verdict,
            Reason.NOT_FOUND,
            at,
            "There is no such appointment.",
            stands=reading.stands,
            expected_id=request.appointment_id,
            live_appointment_id=reading.live_appointment_id,
            call_id=reading.call_id,
        )
    return _failed(
        verdict,
        Reason.NOT_LINKED,
        at,
        "No appointment names the call.",
        stands=reading.stands,
        call_id=reading.call_id,
        retell_call_id=reading.retell_call_id,
    )


def _contradicted(request: BookingRequest, reading: BookingReading, at: datetime) -> ValidationResult | None:
    if reading.appointment_call_id != reading.call_id:
        return _failed(
            Verdict.CONTRADICTED,
            Reason.WRONG_CALL,
            at,
            "The appointment belongs to another call.",
            stands=reading.stands,
            appointment_id=reading.appointment_id,
            appointment_call_id=reading.appointment_call_id,
            expected_call_id=reading.call_id,
            live_appointment_id=reading.live_appointment_id,
        )
    if reading.appointment_status in VOID:
        is_none = reading.appointment_status in NEVER_BOOKED and not reading.stands
        return _failed(
            Verdict.ABSENT if is_none else Verdict.CONTRADICTED,
            Reason.NOT_LIVE,
            at,
            "The appointment will not take place.",
            stands=reading.stands,
            appointment_id=reading.appointment_id,
            status=reading.appointment_status,
            live_appointment_id=reading.live_appointment_id,
        )
    expected = request.external_booking_id
    if expected is not None and expected not in reading.calendar_ids:
        return _failed(
            Verdict.CONTRADICTED,
            Reason.BOOKING_ID_MISMATCH,
            at,
            "The appointment carries another booking's id.",
            stands=True,
            appointment_id=reading.appointment_id,
            appointment_calcom_id=sorted(reading.calendar_ids),
            expected_calcom_id=expected,
        )
    return None


def _of_another_time(reading: BookingReading, at: datetime, max_age_seconds: int) -> ValidationResult | None:
    """The appointment of this call is there and live: that its time is odd does not make it another's."""
    age, created = reading.age_seconds, reading.appointment_created_at
    if age is not None and -_CLOCK_SECONDS <= age <= max_age_seconds:
        return None
    is_ahead = age is not None and age < 0
    return _failed(
        Verdict.CONTRADICTED,
        Reason.IN_FUTURE if is_ahead else Reason.TOO_OLD,
        at,
        "The appointment was made after it was announced; a clock or a zone is wrong."
        if is_ahead
        else "The appointment was not made just now.",
        stands=True,
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
        stands=True,
        call_id=reading.call_id,
        appointment_id=reading.appointment_id,
        issues=issues,
        appointment_made=reading.appointment_made,
        session_outcome=reading.session_outcome,
        appointment_link_status=reading.appointment_link_status,
    )


def _confirmed(at: datetime, **details: object) -> ValidationResult:
    return ValidationResult(
        success=True,
        verdict=Verdict.CONFIRMED,
        reason=None,
        details={"validated_at": _iso(at), **details},
        booking_stands=True,
        tell=Tell.BOOKED,
    )


def _failed(
    verdict: Verdict, reason: Reason, at: datetime, description: str, *, stands: bool = False, **details: object
) -> ValidationResult:
    # Absent by the rows alone is not absent yet: nobody has asked the calendar.
    return ValidationResult(
        success=False,
        verdict=verdict,
        reason=reason.value,
        details={"validated_at": _iso(at), "description": description, **details},
        booking_stands=stands or NOBODY_KNOWS,
        tell=Tell.BOOKED if stands else Tell.BEING_CHECKED,
    )


def _iso(moment: datetime) -> str:
    return f"{moment.isoformat(timespec='milliseconds')}Z"
