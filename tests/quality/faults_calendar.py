"""Faults between appointments and the calendar: times, states and ids that differ, bookings that nobody knows here."""

from datetime import timedelta

from tests.quality.faults import Change, Fault, Outcome, both, of

_BOOKINGS = "consistency_calcom_bookings"


def _fault(rule: str, outcome: Outcome, change: Change, *, also: tuple[str, ...] = ()) -> Fault:
    return Fault(rule=rule, table="appointments", stories=("mirrored",), outcome=outcome, change=change, also=also)


def _moved(minutes: int) -> Change:
    def later(column: str) -> Change:
        return of(_BOOKINGS, **{column: lambda c, _r: c.appointment[column] + timedelta(minutes=minutes)})

    return both(later("starts_at"), later("ends_at"))


FAULTS = (
    _fault(
        "calendar_ids_are_of_one_booking",
        "review",
        of("appointments", calcom_v2_booking_id=None, calcom_booking_id=lambda c, _r: c.appointment["id"] + 20_000_000),
    ),
    _fault("both_calendar_ids_are_stored", "corrected", of("appointments", calcom_v2_booking_uid=None)),
    _fault("coming_appointment_is_in_the_calendar", "review", of(_BOOKINGS, status="cancelled")),
    _fault(
        "void_appointment_is_not_in_the_calendar",
        "review",
        of("appointments", status="cancelled", cancellation_reason="krank"),
        also=("booked_appointment_is_not_cancelled@calls",),
    ),
    _fault("confirmation_is_that_of_the_calendar", "review", of(_BOOKINGS, status="pending")),
    _fault("appointment_is_in_the_zone_of_the_calendar", "review", _moved(-120)),
    _fault("appointment_is_at_the_time_of_the_calendar", "review", _moved(15)),
    _fault("calendar_booking_is_of_this_call", "review", of(_BOOKINGS, metadata_call_id="call_of_another")),
    Fault(
        rule="calendar_booking_can_be_read",
        table=_BOOKINGS,
        stories=("mirrored",),
        outcome="review",
        change=of(_BOOKINGS, unreadable="start"),
    ),
    Fault(
        rule="calendar_booking_has_appointment",
        table=_BOOKINGS,
        stories=("mirrored",),
        outcome="review",
        change=of(_BOOKINGS, calcom_uid=lambda c, _r: f"lost{c.appointment['id']}", calcom_id=None),
    ),
)
