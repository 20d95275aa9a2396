"""Faults of calls: claims without appointments, lost flags, impossible facts, wrong links."""

from datetime import timedelta
from random import Random

from tests.quality import people
from tests.quality.cases import NOW, Case
from tests.quality.faults import Change, Fault, add, both, drop, of

_ANY = ("booking", "fulfilled", "question", "stranger", "named", "created", "manual", "for_somebody")
_QUIET = ("question", "stranger", "named")
_FLAGGED = ("booking", "fulfilled")
_GONE = drop("appointments", 0)
_RETRACTED = {
    "appointment_made": 0, "booking_confirmed": 0, "session_outcome": "creation_failed",
    "appointment_link_status": "creation_failed", "appointment_linked_at": None, "requires_manual_processing": 1,
}  # fmt: skip
_UNCLAIMED = {**_RETRACTED, "session_outcome": "abandoned", "appointment_link_status": "unlinked"}
_CLAIM = of("calls", session_outcome="appointment_booked")
_NO_CLAIM_LEFT = of("calls", appointment_id=None, converted_appointment_id=None, converted_to_appointment=0)


def _old(case: Case, _rng: object) -> object:
    return case.call["start_timestamp"] - timedelta(seconds=9)


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
_UNLINKED = {"customer_id": None, "customer_link_method": None, "customer_link_confidence": None,
             "customer_linked_at": None}  # fmt: skip
_UNVERIFIED = {
    "customer_name_verified": 0,
    "verification_confidence": 0,
    "verification_method": "anonymous_name",
}

FAULTS = (
    # booking claim
    Fault(
        rule="booked_outcome_has_flag",
        stories=_FLAGGED,
        change=of("calls", appointment_made=0),
        outcome="corrected",
        also=("appointment_is_flagged_on_call",),
    ),
    Fault(
        rule="booking_flag_has_booked_outcome",
        stories=_QUIET,
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
        stories=_QUIET,
        outcome="corrected",
        truth=_UNCLAIMED,
        change=_CLAIM,
        also=("booked_outcome_has_flag",),
    ),
    Fault(
        rule="booking_claim_has_appointment",
        stories=_QUIET,
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
        stories=_QUIET,
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
        stories=_QUIET,
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
        stories=_QUIET,
        outcome="review",
        change=of("calls", booking_failed=1, booking_failure_reason="timeout"),
    ),
    Fault(
        rule="failed_booking_has_reason",
        stories=_QUIET,
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
    # call
    Fault(
        rule="call_direction_present",
        stories=_ANY,
        outcome="corrected",
        change=of("calls", direction=None),
        combines=True,
    ),
    Fault(
        rule="call_direction_present",
        stories=("outbound",),
        outcome="corrected",
        change=of("calls", direction=""),
        also=("phone_match_fits_number",),
    ),
    Fault(
        rule="call_direction_present",
        stories=_QUIET,
        outcome="review",
        change=of(
            "calls",
            direction="eingehend",
            to_number="+493099",
            from_number="anonymous",
            customer_name=None,
            customer_link_status="anonymous",
            phone_number_id=None,
        ),
    ),
    Fault(
        rule="call_direction_present",
        stories=_ANY,
        outcome="corrected",
        change=of("calls", direction="inbound "),
    ),
    Fault(
        rule="call_is_not_stuck",
        stories=("going_on",),
        outcome="review",
        change=of(
            "calls",
            start_timestamp=None,
            created_at=None,
            updated_at=None,
            consistency_changed_at=NOW - timedelta(hours=3),
        ),
    ),
    Fault(
        rule="call_is_not_stuck",
        stories=("going_on",),
        outcome="corrected",
        change=both(
            of(
                "calls",
                start_timestamp=NOW - timedelta(days=3),
                created_at=NOW - timedelta(days=3),
                updated_at=NOW - timedelta(days=3),
                consistency_changed_at=NOW - timedelta(days=3),
            )
        ),
        truth={
            "status": "completed",
            "call_status": "ended",
            "disconnection_reason": "system_timeout",
            "duration_sec": None,
            "duration_ms": None,
        },
    ),
    Fault(
        rule="session_ends_with_its_call",
        stories=_QUIET,
        outcome="reported",
        change=both(
            of("calls", created_at=NOW - timedelta(days=3)),
            drop("retell_call_sessions"),
            add(
                "retell_call_sessions",
                lambda c: {
                    "id": f"f{c.call['id']:031x}",
                    "call_id": c.call["retell_call_id"],
                    "company_id": c.call["company_id"],
                    "call_status": "in_progress",
                    "created_at": NOW,
                },
            ),
        ),
    ),
    Fault(
        rule="call_duration_is_possible",
        stories=_ANY,
        outcome="corrected",
        change=of("calls", duration_ms=-714),
        combines=True,
        truth={"duration_ms": ...},
    ),
    Fault(
        rule="call_duration_is_possible",
        stories=_ANY,
        outcome="corrected",
        combines=True,
        truth={"duration_ms": ...},
        change=of("calls", duration_sec=lambda c, _r: c.call["duration_sec"] + 90_000),
    ),
    Fault(
        rule="call_begins_in_the_past",
        stories=_QUIET,
        outcome="review",
        change=of("calls", start_timestamp=NOW + timedelta(hours=1), end_timestamp=NOW + timedelta(hours=2)),
    ),
    Fault(rule="call_ends_after_it_starts", stories=_QUIET, outcome="review", change=of("calls", end_timestamp=_old)),
    Fault(
        rule="call_id_is_of_provider",
        stories=_QUIET,
        outcome="review",
        change=both(of("calls", retell_call_id=lambda c, _r: f"temp_1776000000_{c.call['id']:08x}")),
    ),
    Fault(
        rule="placeholder_call_has_no_twin",
        stories=("question",),
        outcome="review",
        also=("call_id_is_of_provider",),
        change=both(
            add("calls", lambda c: {**c.call, "id": c.call["id"] + 10**9, "retell_call_id": f"twin_{c.call['id']:x}"}),
            of("calls", retell_call_id=lambda c, _r: f"temp_1776000001_{c.call['id']:08x}"),
        ),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=_ANY,
        outcome="corrected",
        truth={"status": "analyzed"},
        change=of("calls", call_status="call_analyzed"),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=_ANY,
        outcome="corrected",
        combines=True,
        change=of("calls", status="ongoing"),
        also=("call_is_not_stuck",),
        truth={"disconnection_reason": ...},
    ),
    Fault(
        rule="call_status_follows_provider", stories=_QUIET, outcome="review", change=of("calls", call_status="ongoing")
    ),
    Fault(
        rule="called_number_is_named",
        stories=_ANY,
        outcome="corrected",
        combines=True,
        change=of("calls", phone_number_id=None),
    ),
    Fault(
        rule="called_number_is_named",
        stories=_ANY,
        outcome="corrected",
        change=of(
            "calls",
            phone_number_id=None,
            to_number=lambda c, r: r.choice(("+49 (0) {}", "49 {}", "(0049)\u00a0{}", "+49\u2011{}")).format(
                c.call["to_number"][3:]
            ),
        ),
    ),
    Fault(
        rule="call_status_follows_provider",
        stories=_ANY,
        outcome="corrected",
        change=of("calls", status="completed "),
    ),
    Fault(
        rule="json_is_encoded_once",
        stories=_ANY,
        outcome="reported",
        combines=True,
        change=of("calls", metadata='"{}"'),
    ),
    Fault(
        rule="call_outcome_is_known", stories=_QUIET, outcome="review", change=of("calls", session_outcome="call_ended")
    ),
    Fault(
        rule="service_desk_call_books_nothing",
        stories=("booking",),
        outcome="review",
        change=of("calls", gateway_mode="service_desk"),
    ),
    Fault(
        rule="call_outcome_is_known",
        stories=_QUIET,
        outcome="review",
        change=of("calls", session_outcome="information_only "),
    ),
    Fault(
        rule="completed_call_has_transcript", stories=_QUIET, outcome="reported", change=of("calls", transcript=None)
    ),
    Fault(
        rule="completed_call_has_transcript",
        stories=_QUIET,
        outcome="reported",
        change=of("calls", transcript=None, status="analyzed", call_status="call_analyzed"),
    ),
    Fault(
        rule="completed_call_has_duration",
        stories=_QUIET,
        outcome="reported",
        change=of("calls", duration_sec=None, duration_ms=None),
    ),
    Fault(rule="talk_has_summary", stories=_ANY, outcome="reported", change=of("calls", summary="")),
    # tenant
    Fault(
        rule="call_belongs_to_company",
        stories=("question",),
        outcome="review",
        also=("called_number_is_of_same_company", "branch_of_call_is_of_same_company"),
        change=of("calls", company_id=999_999),
    ),
    Fault(
        rule="called_number_is_of_same_company",
        stories=_QUIET,
        outcome="review",
        change=of(
            "calls", phone_number_id=lambda c, _r: "p1" if c.call["company_id"] > 1 else "p2", to_number="+493000"
        ),
    ),
    Fault(
        rule="branch_of_call_is_of_same_company", stories=_QUIET, outcome="review", change=of("calls", branch_id="gone")
    ),
    # identity
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("question", "named_hidden"),
        outcome="corrected",
        combines=True,
        change=of("calls", customer_link_status="unlinked"),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=of("calls", customer_link_confidence=55, customer_link_method="name_match"),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("outbound",),
        outcome="corrected",
        change=of("calls", customer_link_status="unlinked", customer_link_method=None, customer_link_confidence=None),
    ),
    Fault(
        rule="customer_link_status_fits_evidence",
        stories=("question",),
        outcome="corrected",
        change=of(
            "calls",
            customer_link_status="unlinked",
            from_number=lambda _c, r: r.choice(("+266696687", "Restricted", "sip:anonymous@anonymous.invalid")),
        ),
    ),
    Fault(
        rule="call_without_customer_keeps_no_link",
        stories=("question", "stranger", "named"),
        outcome="corrected",
        combines=True,
        change=of(
            "calls",
            customer_link_method="phone_match",
            customer_link_confidence=100,
            customer_linked_at=NOW - timedelta(days=9),
        ),
    ),
    Fault(
        rule="linked_call_has_customer",
        stories=_QUIET,
        outcome="corrected",
        change=of(
            "calls", customer_link_status="linked", customer_link_method="phone_match", customer_link_confidence=100
        ),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("booking", "fulfilled"),
        outcome="corrected",
        combines=True,
        change=of("calls", customer_link_confidence=None),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("booking",),
        outcome="review",
        change=of("calls", customer_link_confidence=101),
    ),
    Fault(
        rule="linked_call_has_confidence",
        stories=("manual",),
        outcome="review",
        change=of(
            "calls",
            customer_link_confidence=120,
            customer_link_status="pending_review",
            customer_link_method="name_match",
        ),
    ),
    Fault(
        rule="customer_of_appointment_is_on_call",
        stories=("booking", "fulfilled"),
        outcome="corrected",
        truth={"customer_link_method": "appointment_link", "customer_link_confidence": 95},
        also=("customer_link_status_fits_evidence",),
        change=of(
            "calls",
            customer_id=None,
            customer_link_status="unlinked",
            customer_link_method=None,
            customer_link_confidence=None,
            customer_linked_at=None,
        ),
    ),
    Fault(
        rule="customer_of_appointment_is_on_call",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=both(
            add(
                "customers",
                lambda c: {
                    **c.customer,
                    "id": c.customer["id"] + 10**9,
                    "name": "Ole Sommer",
                    "email": None,
                    "phone": f"+4916{c.customer['id']:09d}",
                },
            ),
            of(
                "calls",
                **_UNLINKED,
                customer_link_status="name_only",
                from_number=lambda c, _r: f"0049 16 {c.customer['id']:09d}",
            ),
        ),
    ),
    Fault(
        rule="fragment_is_not_taken_for_name",
        stories=("question", "stranger"),
        outcome="corrected",
        also=("customer_link_status_fits_evidence",),
        change=of("calls", customer_name=lambda _c, r: r.choice(people.FRAGMENTS), customer_link_status="name_only"),
    ),
    Fault(
        rule="phone_match_fits_number",
        stories=("booking", "fulfilled"),
        outcome="review",
        change=of("calls", from_number="+4915999999999"),
    ),
    # What a provider sends for "anonymous" is the number of nobody, though it was stored as somebody's.
    Fault(
        rule="phone_match_fits_number",
        stories=("manual",),
        outcome="review",
        change=both(
            of("customers", phone="+266696687", email=lambda c, _r: f"k{c.customer['id']}@example.invalid"),
            of("calls", from_number="+266696687", customer_link_method="phone_match"),
        ),
    ),
    Fault(
        rule="call_and_appointment_have_one_customer",
        stories=("for_somebody",),
        outcome="review",
        change=of("appointments", metadata=None),
    ),
    Fault(
        rule="spoken_name_is_beyond_doubt",
        stories=("named", "named_hidden"),
        outcome="review",
        change=of("calls", customer_name=lambda _c, r: r.choice(("petra könig", "Lukas", "Frau Team A", "X1 Y2"))),
    ),
    Fault(
        rule="verification_fits_number",
        stories=("named_hidden",),
        outcome="corrected",
        change=of("calls", customer_name_verified=1, verification_confidence=99, verification_method="phone_match"),
    ),
    Fault(
        rule="verification_fits_number",
        stories=("outbound",),
        outcome="corrected",
        truth=_UNVERIFIED,
        change=of("calls", to_number="unknown", customer_link_method="manual_link"),
    ),
    Fault(
        rule="callers_are_not_named_like_the_agent",
        stories=("same_day",),
        outcome="review",
        also=(
            "callers_are_not_named_like_the_agent@calls[1]",
            "callers_are_not_named_like_the_agent@calls[2]",
            "spoken_name_is_beyond_doubt@calls[0]",
            "spoken_name_is_beyond_doubt@calls[1]",
            "spoken_name_is_beyond_doubt@calls[2]",
        ),
        change=both(*(of("calls", n, customer_name="Sophie") for n in range(3))),
    ),
    Fault(rule="linked_customer_exists", stories=("manual",), outcome="review", change=of("customers", deleted_at=NOW)),
    Fault(
        rule="linked_customer_is_of_same_company",
        stories=("manual",),
        outcome="review",
        change=of("customers", company_id=lambda c, _r: 1 if c.call["company_id"] > 1 else 2),
    ),
)
