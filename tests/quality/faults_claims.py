"""Faults of what a call says of its booking: claims without appointments, lost flags, failures that are none."""

from datetime import timedelta
from random import Random

from tests.quality.cases import NOW, Case
from tests.quality.faults import QUIET, Change, Fault, add, both, drop, of

_FLAGGED = ("booking", "fulfilled")
_GONE = drop("appointments", 0)
_RETRACTED = {
    "appointment_made": 0, "booking_confirmed": 0, "session_outcome": "creation_failed",
    "appointment_link_status": "creation_failed", "appointment_linked_at": None, "requires_manual_processing": 1,
}  # fmt: skip
_UNCLAIMED = {**_RETRACTED, "session_outcome": "abandoned", "appointment_link_status": "unlinked"}
_CLAIM = of("calls", session_outcome="appointment_booked")
_NO_CLAIM_LEFT = of("calls", appointment_id=None, converted_appointment_id=None, converted_to_appointment=0)


def _logged(*, minutes_after_end: int) -> Change:
    """The failure of a booking in the log of errors."""

    def change(case: Case, _rng: Random) -> None:
        call = case.call
        session = {
            "id": f"b{call['id']:031x}", "call_id": call["retell_call_id"], "company_id": call["company_id"],
            "call_status": "completed", "created_at": call["start_timestamp"],
        }  # fmt: skip
        case.rows["retell_call_sessions"] = [session]
        case.add("retell_error_log", {
            "id": f"e{call['id']:031x}", "call_session_id": session["id"], "booking_failed": 1,
            "occurred_at": call["end_timestamp"] + timedelta(minutes=minutes_after_end),
        })  # fmt: skip

    return change


def _candidate(**values: object) -> Change:
    """An appointment that may be the claimed one, made while the call went on by whoever was heard."""
    return add("appointments", lambda c: {
        "id": c.call["id"] + 10**9, "company_id": c.call["company_id"], "status": "completed", "source": "web",
        "starts_at": c.call["start_timestamp"] + timedelta(days=1),
        "ends_at": c.call["start_timestamp"] + timedelta(days=1, minutes=30),
        "metadata": f'{{"customer_name": " {c.call["customer_name"].upper()}  ."}}',
        "created_at": c.call["start_timestamp"] + timedelta(seconds=20),
        "consistency_changed_at": c.call["start_timestamp"], **values,
    })  # fmt: skip


_FAILED = of("calls", booking_failed=1, booking_failure_reason="timeout", requires_manual_processing=1)

FAULTS = (
    Fault(
        rule="booked_outcome_has_flag",
        stories=_FLAGGED,
        change=of("calls", appointment_made=0),
        outcome="corrected",
        also=("appointment_is_flagged_on_call",),
    ),
    Fault(
        rule="booking_flag_has_booked_outcome",
        stories=QUIET,
        outcome="corrected",
        also=("booking_claim_has_appointment", "successful_booking_has_any_appointment"),
        change=of("calls", appointment_made=1),
        truth={**_UNCLAIMED, "session_outcome": ...},
    ),
    Fault(
        rule="booking_claim_has_appointment",
        stories=_FLAGGED,
        outcome="corrected",
        truth=_RETRACTED,
        change=both(_GONE, _NO_CLAIM_LEFT),
        also=("successful_booking_has_any_appointment",),
    ),
    Fault(
        rule="booking_claim_has_appointment",
        stories=QUIET,
        outcome="corrected",
        truth=_UNCLAIMED,
        change=_CLAIM,
        also=("booked_outcome_has_flag",),
    ),
    Fault(
        rule="booking_claim_has_appointment",
        stories=QUIET,
        outcome="corrected",
        truth=_UNCLAIMED,
        change=of("calls", appointment_made=1, session_outcome="appointment_scheduled", call_successful=0),
    ),
    *(
        Fault(
            rule="booking_claim_has_appointment",
            stories=("named", "named_hidden"),
            outcome="review",
            also=("booked_outcome_has_flag",),
            change=both(_CLAIM, candidate),
        )
        for candidate in (
            _candidate(),
            _candidate(status="cancelled", cancellation_reason="krank", calcom_sync_status="synced"),
            _candidate(deleted_at=NOW),
        )
    ),
    Fault(
        rule="appointment_is_flagged_on_call",
        stories=_FLAGGED,
        outcome="corrected",
        combines=True,
        change=of("calls", appointment_link_status="unlinked", appointment_linked_at=None),
    ),
    Fault(
        rule="appointment_is_flagged_on_call",
        stories=_FLAGGED,
        outcome="corrected",
        change=of("calls", appointment_made=0, session_outcome=None, booking_confirmed=1),
    ),
    Fault(
        rule="booked_appointment_is_not_cancelled",
        stories=("booking",),
        outcome="reported",
        change=of("appointments", status="cancelled", cancellation_reason="krank"),
    ),
    Fault(
        rule="booked_appointment_is_not_deleted",
        stories=_FLAGGED,
        outcome="review",
        change=of("appointments", deleted_at=NOW),
    ),
    # A booking that is said to have failed needs the calendar's word beside the row.
    Fault(
        rule="failed_booking_has_no_flag",
        stories=("mirrored",),
        outcome="corrected",
        also=("appointment_is_flagged_on_call",),
        change=of("calls", appointment_link_status="creation_failed"),
    ),
    Fault(
        rule="failed_booking_has_no_flag",
        stories=_FLAGGED,
        outcome="review",
        also=("appointment_is_flagged_on_call",),
        change=of("calls", appointment_link_status="creation_failed"),
    ),
    Fault(
        rule="linked_call_has_appointment",
        stories=QUIET,
        outcome="corrected",
        combines=True,
        change=of("calls", appointment_link_status="linked", appointment_linked_at=NOW - timedelta(days=9)),
    ),
    Fault(
        rule="successful_appointment_call_is_marked",
        stories=_FLAGGED,
        outcome="corrected",
        combines=True,
        change=of("calls", call_successful=0),
    ),
    Fault(
        rule="successful_booking_has_any_appointment",
        stories=QUIET,
        outcome="corrected",
        truth=_UNCLAIMED,
        also=("booking_claim_has_appointment",),
        change=of("calls", appointment_made=1, session_outcome="appointment_booked"),
    ),
    Fault(
        rule="booking_confirmation_is_complete",
        stories=_FLAGGED,
        outcome="review",
        change=of("calls", booking_confirmed=0),
    ),
    # Which came first is known by the log of errors, or does not matter where the calendar holds the booking.
    Fault(
        rule="failed_booking_has_no_appointment",
        stories=("booking",),
        outcome="corrected",
        change=both(
            _FAILED,
            of("appointments", created_at=lambda c, _r: c.call["end_timestamp"] + timedelta(minutes=9)),
            _logged(minutes_after_end=1),
        ),
    ),
    Fault(rule="failed_booking_has_no_appointment", stories=("mirrored",), outcome="corrected", change=_FAILED),
    Fault(
        rule="failed_booking_has_no_appointment",
        stories=("booking",),
        outcome="review",
        change=both(_FAILED, _logged(minutes_after_end=9)),
    ),
    Fault(
        rule="failed_booking_has_no_appointment",
        stories=("booking",),
        outcome="review",
        change=both(
            _FAILED, of("appointments", created_at=lambda c, _r: c.call["end_timestamp"] + timedelta(minutes=9))
        ),
    ),
    Fault(
        rule="failed_booking_was_made_good",
        stories=QUIET,
        outcome="review",
        change=of("calls", booking_failed=1, booking_failure_reason="timeout"),
    ),
    Fault(
        rule="failed_booking_has_reason",
        stories=QUIET,
        outcome="reported",
        also=("failed_booking_was_made_good",),
        change=of("calls", booking_failed=1),
    ),
    Fault(
        rule="call_links_lead_to_its_appointments",
        stories=_FLAGGED,
        outcome="corrected",
        combines=True,
        change=of("calls", appointment_id=999_999_999),
    ),
    Fault(
        rule="booking_flag_rests_on_own_appointment",
        stories=("booking",),
        outcome="review",
        change=both(of("appointments", call_id=None, source="cal.com"), of("calls", appointment_id=None)),
    ),
    Fault(
        rule="call_has_one_appointment",
        stories=("for_somebody",),
        outcome="reported",
        change=add(
            "appointments",
            lambda c: {
                **c.appointment,
                "id": c.appointment["id"] + 10**9,
                "calcom_v2_booking_id": None,
                "calcom_booking_id": None,
                "calcom_v2_booking_uid": None,
                "starts_at": c.appointment["starts_at"] + timedelta(minutes=30),
                "calcom_sync_status": "failed",
                "last_sync_attempt_at": NOW,
                "ends_at": c.appointment["ends_at"] + timedelta(minutes=30),
            },
        ),
    ),
    Fault(
        rule="appointments_of_call_start_apart",
        stories=("for_somebody",),
        outcome="review",
        also=(
            "call_has_one_appointment",
            "staff_has_one_appointment_at_a_time@appointments[0]",
            "staff_has_one_appointment_at_a_time@appointments[1]",
            "appointment_is_booked_once@appointments[0]",
            "appointment_is_booked_once@appointments[1]",
        ),
        change=add(
            "appointments",
            lambda c: {
                **c.appointment,
                "id": c.appointment["id"] + 10**9,
                "calcom_v2_booking_id": None,
                "calcom_booking_id": None,
                "calcom_v2_booking_uid": None,
                "calcom_sync_status": "failed",
                "last_sync_attempt_at": NOW,
            },
        ),
    ),
    Fault(
        rule="changing_call_changed_its_appointment",
        stories=("cancelled",),
        outcome="review",
        change=of("appointments", status="confirmed"),
    ),
    Fault(
        rule="changing_call_changed_its_appointment",
        stories=("moved",),
        outcome="review",
        change=of("appointments", status="confirmed", rescheduled_at=None, rescheduled_count=0),
    ),
)
