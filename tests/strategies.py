"""Random rows for the world of tests/rules/calls.yaml, right and wrong in every combination."""

from typing import Any

from hypothesis import strategies as st


def _pick(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


CALL = st.fixed_dictionaries(
    {
        "company_id": _pick(1, 2),
        "direction": _pick(None, "", "inbound", "INBOUND", "outbound"),
        "from_number": _pick(None, "anonymous", "+491713920001", "+4917604069001", "0171 3920001"),
        "status": _pick("completed", "in_progress"),
        "transcript": _pick(None, "", "-"),
        "session_outcome": _pick(None, "appointment_booked", "information_only", "creation_failed", "call_ended"),
        "appointment_made": _pick(0, 1),
        "booking_confirmed": _pick(None, 0, 1),
        "appointment_link_status": _pick("linked", "unlinked", "creation_failed", "pending_creation"),
        "customer_id": _pick(None, 1, 2, 3, 999),
        "customer_name": _pick(None, "guten Tag", "Petra König", "Anna"),
        "customer_link_status": _pick("linked", "name_only", "anonymous", "pending_review", "unlinked", "failed"),
        "customer_link_method": _pick(None, "phone_match", "manual_link", "auto_created"),
        "customer_link_confidence": _pick(None, 0, 55, 85, 101),
        "appointment_id": _pick(None, 30001, 30002, 999999),
        "converted_appointment_id": _pick(None, 30001, 999999),
        "converted_to_appointment": _pick(0, 1),
        "call_successful": _pick(None, 0, 1),
        "booking_failed": _pick(0, 0, 1),
        "call_status": _pick(None, "ended", "ongoing", "analyzed", "busy"),
        "duration_sec": _pick(None, -1, 60),
        "duration_ms": _pick(None, 60_000, 600_000),
        "start_timestamp": _pick(None, "2026-03-20 09:00:00"),
        "end_timestamp": _pick(None, "2026-03-20 09:01:00", "2026-03-20 08:00:00"),
        "customer_name_verified": _pick(0, 0, 1),
        "verification_method": _pick(None, "phone_match", "anonymous_name", "manual"),
        "to_number": _pick(None, "+493023125100", "030 23125300"),
    }
)
APPOINTMENT = st.fixed_dictionaries(
    {
        "company_id": _pick(1, 2),
        "call_id": _pick(None, 1, 2, 3, 4, 999),
        "customer_id": _pick(None, 1, 2),
        "status": _pick("confirmed", "completed", "cancelled", "failed", "no-show"),
        "staff_id": _pick(None, "s1"),
        "requires_manual_review": _pick(0, 1),
        "manual_review_flagged_at": _pick(None, "2026-03-21 08:00:00"),
        "rescheduled_count": _pick(0, 1),
        "source": _pick("web", "retell_ai"),
        "starts_at": _pick(None, "2026-03-01 09:00:00", "2026-04-02 09:00:00"),
        "ends_at": _pick(None, "2026-03-01 09:30:00", "2026-04-02 09:30:00"),
        "calcom_sync_status": _pick("synced", "pending"),
        "calcom_booking_id": _pick(None, 1, 2),
        "calcom_v2_booking_uid": _pick(None, "1", "2", "a"),
        "deleted_at": _pick(None, None, "2026-03-21 08:00:00"),
        "metadata": _pick(None, None, '{"call_id": 1}', '{"call_id": 2}'),
    }
)
