"""Faults of appointments: impossible times, collisions, lost links, a calendar that knows nothing."""

from datetime import timedelta
from typing import Any

from tests.quality.cases import NOW, Case
from tests.quality.faults import Fault, Outcome, add, both, drop, of

_TO_COME = ("booking", "web")
_NO_IDS = {"calcom_v2_booking_id": None, "calcom_booking_id": None, "calcom_v2_booking_uid": None}


def _fault(
    rule: str, outcome: Outcome, stories: tuple[str, ...] = _TO_COME, *, also: tuple[str, ...] = (), **values: Any
) -> Fault:
    return Fault(rule=rule, table="appointments", stories=stories, outcome=outcome, also=also,
                 change=of("appointments", **values))  # fmt: skip


def _copy(case: Case) -> dict[str, Any]:
    return {**case.appointment, **_NO_IDS, "id": case.appointment["id"] + 10**9, "call_id": None, "source": "web",
            "calcom_sync_status": "verification_pending", "calcom_host_id": None}  # fmt: skip


_AFTER = timedelta(minutes=20)
_FAR = NOW + timedelta(days=300)  # where nobody else is
_BOTH = "@appointments[1]"

FAULTS = (
    _fault(
        "appointment_ends_after_start",
        "review",
        also=("appointment_lasts_as_service",),
        ends_at=lambda c, _r: c.appointment["starts_at"] - timedelta(minutes=30),
    ),
    _fault("active_appointment_has_times", "review", ends_at=None),
    Fault(
        rule="telephone_appointment_has_call",
        table="appointments",
        stories=("booking", "fulfilled"),
        outcome="corrected",
        change=both(
            of("appointments", call_id=None),
            of(
                "calls",
                appointment_id=None,
                converted_appointment_id=None,
                converted_to_appointment=0,
                appointment_made=0,
                session_outcome="information_only",
                booking_confirmed=0,
                booking_details=None,
                appointment_link_status="unlinked",
            ),
        ),
    ),
    _fault("telephone_appointment_has_call", "review", ("web",), source="phone"),
    Fault(
        rule="call_of_appointment_exists",
        table="appointments",
        stories=("booking",),
        outcome="review",
        change=of("calls", deleted_at=NOW),
    ),
    _fault(
        "appointment_belongs_to_one_company",
        "review",
        service_id=lambda c, _r: 11 if c.appointment["company_id"] > 1 else 21,
    ),
    _fault(
        "calendar_booking_is_used_once",
        "review",
        ("composite",),
        also=("calendar_booking_is_used_once" + _BOTH,),
        calcom_v2_booking_id=None,
        calcom_booking_id=lambda c, _r: c.rows["appointments"][1]["calcom_booking_id"],
    ),
    # One id in two columns of two rows, none of which is looked up by the source itself.
    Fault(
        rule="calendar_booking_is_used_once",
        table="appointments",
        stories=("composite",),
        outcome="review",
        also=("calendar_booking_is_used_once" + _BOTH,),
        change=both(
            of("appointments", external_id=lambda c, _r: f"copy{c.appointment['id']}"),
            of("appointments", 1, calcom_booking_uid=lambda c, _r: f"copy{c.appointment['id']}"),
        ),
    ),
    _fault("synced_appointment_has_calendar_booking", "corrected", **_NO_IDS),
    _fault(
        "appointment_lasts_as_service", "review", ends_at=lambda c, _r: c.appointment["ends_at"] - timedelta(minutes=5)
    ),
    Fault(
        rule="staff_has_one_appointment_at_a_time",
        table="appointments",
        stories=("web",),
        outcome="review",
        also=(
            "staff_has_one_appointment_at_a_time" + _BOTH,
            "customer_is_at_one_place",
            "customer_is_at_one_place" + _BOTH,
        ),
        change=add(
            "appointments",
            lambda c: {
                **_copy(c),
                "starts_at": c.appointment["starts_at"] + _AFTER,
                "ends_at": c.appointment["ends_at"] + _AFTER,
            },
        ),
    ),
    Fault(
        rule="staff_has_one_appointment_at_a_time",
        table="appointments",
        stories=("composite",),
        outcome="review",
        also=("staff_has_one_appointment_at_a_time" + _BOTH,),
        change=of(
            "appointments",
            1,
            starts_at=lambda c, _r: c.appointment["starts_at"] + timedelta(minutes=60),
            ends_at=lambda c, _r: c.appointment["starts_at"] + timedelta(minutes=90),
        ),
    ),
    Fault(
        rule="staff_has_one_appointment_at_a_time",
        table="appointments",
        stories=("web",),
        outcome="review",
        once=True,
        also=(
            "staff_has_one_appointment_at_a_time" + _BOTH,
            "customer_is_at_one_place",
            "customer_is_at_one_place" + _BOTH,
            "appointment_lasts_as_service" + _BOTH,
        ),
        change=both(
            of("appointments", starts_at=_FAR, ends_at=_FAR + timedelta(minutes=30)),
            add(
                "appointments",
                lambda c: {
                    **_copy(c),
                    "starts_at": _FAR - timedelta(days=3),
                    "ends_at": _FAR + timedelta(days=2),
                },
            ),
        ),
    ),
    Fault(
        rule="branch_has_one_unstaffed_appointment_at_a_time",
        table="appointments",
        stories=("web",),
        outcome="reported",
        also=(
            "branch_has_one_unstaffed_appointment_at_a_time" + _BOTH,
            "customer_is_at_one_place",
            "customer_is_at_one_place" + _BOTH,
            "coming_appointment_has_staff",
            "coming_appointment_has_staff" + _BOTH,
        ),
        change=both(
            of("appointments", staff_id=None),
            add(
                "appointments",
                lambda c: {
                    **_copy(c),
                    "starts_at": c.appointment["starts_at"] + _AFTER,
                    "ends_at": c.appointment["ends_at"] + _AFTER,
                },
            ),
        ),
    ),
    Fault(
        rule="appointment_is_booked_once",
        table="appointments",
        stories=("web",),
        outcome="review",
        also=(
            "appointment_is_booked_once" + _BOTH,
            "staff_has_one_appointment_at_a_time",
            "staff_has_one_appointment_at_a_time" + _BOTH,
        ),
        change=add(
            "appointments",
            lambda c: {
                **_copy(c),
                "starts_at": c.appointment["starts_at"] + timedelta(minutes=5),
                "ends_at": c.appointment["ends_at"] + timedelta(minutes=5),
            },
        ),
    ),
    Fault(
        rule="customer_is_at_one_place",
        table="appointments",
        stories=("composite",),
        outcome="review",
        also=("customer_is_at_one_place" + _BOTH,),
        change=of("appointments", 1, customer_id=lambda c, _r: c.appointment["customer_id"]),
    ),
    _fault("past_appointment_is_settled", "review", ("fulfilled",), status="confirmed"),
    _fault(
        "appointment_is_at_a_likely_time",
        "review",
        ("web",),
        starts_at=NOW + timedelta(days=400),
        ends_at=NOW + timedelta(days=400, minutes=30),
    ),
    Fault(
        rule="appointment_status_is_known",
        table="appointments",
        stories=("fulfilled",),
        outcome="corrected",
        change=of("appointments", status="no-show"),
        truth={"status": "no_show"},
    ),
    _fault("appointment_status_is_known", "review", ("web",), status="verschoben"),
    _fault("appointment_status_is_known", "review", ("web",), status="confirmed "),
    _fault("pending_appointment_is_decided", "reported", status="pending", created_at=NOW - timedelta(days=8)),
    _fault("coming_appointment_is_complete", "review", branch_id=None),
    _fault(
        "coming_appointment_is_offered",
        "review",
        ("web",),
        service_id=lambda c, _r: c.appointment["company_id"] * 10 + 4,
    ),
    Fault(
        rule="cancellation_is_on_record",
        table="appointments",
        stories=("cancelled",),
        outcome="reported",
        change=both(of("appointments", cancellation_reason=None), drop("appointment_modifications")),
    ),
    _fault("moved_appointment_has_time_of_move", "corrected", ("moved",), rescheduled_at=None),
    Fault(
        rule="customer_of_appointment_exists",
        table="appointments",
        stories=("web",),
        outcome="review",
        change=of("customers", deleted_at=NOW),
    ),
    Fault(
        rule="appointment_belongs_to_company",
        table="appointments",
        stories=("web",),
        outcome="review",
        also=("appointment_belongs_to_one_company", "branch_of_appointment_is_of_same_company"),
        change=of("appointments", company_id=999_999),
    ),
    _fault(
        "branch_of_appointment_is_of_same_company", "review", branch_id="gone", also=("coming_appointment_is_offered",)
    ),
    _fault(
        "calendar_ids_of_appointment_agree", "review", calcom_v2_booking_id=lambda c, _r: f"other{c.appointment['id']}"
    ),
    _fault("booking_number_is_where_it_is_looked_for", "corrected", calcom_booking_id=None),
    _fault("appointment_is_synced_within_an_hour", "reported", calcom_sync_status="pending"),
    _fault(
        "failed_sync_is_taken_care_of",
        "review",
        calcom_sync_status="failed",
        last_sync_attempt_at=NOW - timedelta(days=2),
        created_at=NOW - timedelta(days=3),
    ),
    Fault(
        rule="void_appointment_has_no_sync_to_do",
        table="appointments",
        stories=("cancelled",),
        outcome="corrected",
        change=of("appointments", **_NO_IDS, calcom_sync_status="failed"),
    ),
    _fault("void_appointment_has_no_sync_to_do", "review", ("cancelled",), calcom_sync_status="pending"),
    _fault(
        "void_appointment_has_no_sync_to_do",
        "review",
        ("cancelled",),
        **_NO_IDS,
        external_id=lambda c, _r: f"copy{c.appointment['id']}",
        calcom_sync_status="failed",
    ),
    _fault(
        "flagged_appointment_is_reviewed",
        "review",
        requires_manual_review=1,
        manual_review_flagged_at=NOW - timedelta(days=2),
    ),
    _fault("review_flag_has_its_time", "corrected", manual_review_flagged_at=NOW - timedelta(days=1)),
    _fault("coming_appointment_has_staff", "review", staff_id=None),
    Fault(
        rule="phased_appointment_has_phases",
        table="appointments",
        stories=("permanent",),
        outcome="review",
        change=drop("appointment_phases"),
    ),
)
