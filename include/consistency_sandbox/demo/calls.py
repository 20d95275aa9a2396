"""One call and one appointment of the bad morning, as the source would have written them when all went well."""

import json
from datetime import datetime, timedelta

from consistency_sandbox.demo import texts
from consistency_sandbox.demo.world import Place, Row, World

_MINUTES_BETWEEN_CALLS = 2
SUPPRESSED = "anonymous"


def add_call(world: World, place: Place, morning: datetime, **values: object) -> Row:
    """A completed call without customer, name or booking; `values` say what is different."""
    n = len(world.rows.get("calls", [])) + 1
    started = morning + timedelta(minutes=_MINUTES_BETWEEN_CALLS * n, seconds=world.chance.randrange(50))
    seconds = int(str(values.pop("seconds", world.chance.randrange(45, 240))))
    ended = started + timedelta(seconds=seconds)
    provider_id = f"call_{world.chance.getrandbits(108):027x}"
    return world.add(
        "calls",
        **{
            "id": n,
            "company_id": place.company_id,
            "branch_id": place.branch_id,
            "phone_number_id": place.phone_id,
            "retell_call_id": provider_id,
            "call_id": provider_id,
            "direction": "inbound",
            "from_number": SUPPRESSED,
            "to_number": place.number,
            "status": "completed",
            "call_status": "ended",
            "duration_sec": seconds,
            "duration_ms": seconds * 1000,
            "start_timestamp": started,
            "end_timestamp": ended,
            "call_time": started,
            "called_at": started,
            "disconnection_reason": "user_hangup",
            "call_successful": 1,
            "session_outcome": "information_only",
            "booking_confirmed": 0,
            "customer_link_status": "anonymous",
            "appointment_link_status": "not_applicable",
            "transcript": texts.asked(""),
            "summary": texts.SUMMARY_ASKED,
            "sentiment": "Neutral",
            "gateway_mode": "appointment",
            "detected_intent": "appointment",
            "created_at": started,
            "updated_at": ended,
            **values,
        },
    )


def of_customer(customer: Row) -> Row:
    """Columns of a call whose number is a customer's."""
    return {
        "customer_id": customer["id"],
        "customer_name": customer["name"],
        "from_number": customer["phone"],
        "customer_name_verified": 1,
        "verification_confidence": "99.00",
        "verification_method": "phone_match",
        "customer_link_status": "linked",
        "customer_link_method": "phone_match",
        "customer_link_confidence": "100.00",
        "customer_linked_at": customer["created_at"],
        "transcript": texts.asked(str(customer["name"])),
    }


def of_name(name: str, number: str = SUPPRESSED) -> Row:
    """Columns of a call of which only a name is known."""
    return {
        "customer_name": name,
        "extracted_name": name,
        "from_number": number,
        "verification_confidence": "0.00" if number == SUPPRESSED else "50.00",
        "verification_method": "anonymous_name" if number == SUPPRESSED else "unknown",
        "customer_link_status": "name_only",
        "is_unknown_customer": 1,
        "unknown_reason": "anonymous_caller" if number == SUPPRESSED else "no_match_found",
        "transcript": texts.asked(name),
    }


def add_appointment(
    world: World, place: Place, customer: Row, first_day: datetime, made_at: datetime, **values: object
) -> Row:
    """A confirmed appointment that the calendar knows; `values` say what is different."""
    n = len(world.rows.get("appointments", [])) + 1
    staff = place.staff[n % len(place.staff)]
    service = place.services[n % len(place.services)]
    starts = world.slot(staff, first_day)
    number, uid = 880000 + n, f"uid{world.chance.getrandbits(80):020x}"
    return world.add(
        "appointments",
        **{
            "id": n,
            "company_id": place.company_id,
            "branch_id": place.branch_id,
            "customer_id": customer["id"],
            "service_id": service["id"],
            "staff_id": staff,
            "starts_at": starts,
            "ends_at": starts + timedelta(minutes=int(str(service["duration_minutes"]))),
            "status": "confirmed",
            "source": "cal.com",
            "calcom_v2_booking_id": str(number),
            "calcom_v2_booking_uid": uid,
            "calcom_booking_id": number,
            "calcom_event_type_id": service["calcom_event_type_id"],
            "calcom_host_id": 9000 + n % 8,
            "external_id": str(number),
            "calcom_sync_status": "synced",
            "sync_origin": "calcom",
            "sync_verified_at": made_at,
            "created_at": made_at,
            "updated_at": made_at,
            **values,
        },
    )


def book(world: World, place: Place, customer: Row, call: Row, first_day: datetime) -> Row:
    """A booking by telephone with everything both sides know of it."""
    made_at = call["end_timestamp"]
    assert isinstance(made_at, datetime)
    appointment = add_appointment(
        world,
        place,
        customer,
        first_day,
        made_at,
        call_id=call["id"],
        source="retell_ai",
        sync_origin="retell",
        metadata=json.dumps({"call_id": call["id"], "retell_call_id": call["retell_call_id"]}),
    )
    call.update(
        appointment_made=1,
        session_outcome="appointment_booked",
        booking_confirmed=1,
        booking_id=appointment["calcom_v2_booking_uid"],
        booking_details=details(appointment, call),
        appointment_id=appointment["id"],
        converted_appointment_id=appointment["id"],
        converted_to_appointment=1,
        conversion_timestamp=made_at,
        appointment_link_status="linked",
        appointment_linked_at=made_at,
        sentiment="Positive",
        transcript=texts.booked(str(call["customer_name"]), "Termin", "Donnerstag"),
        summary=texts.SUMMARY_BOOKED,
    )
    return appointment


def details(appointment: Row, call: Row) -> str:
    """What the calendar answered."""
    starts, confirmed = appointment["starts_at"], call["end_timestamp"]
    assert isinstance(starts, datetime)
    assert isinstance(confirmed, datetime)
    return json.dumps(
        {
            "confirmed_at": f"{confirmed:%Y-%m-%dT%H:%M:%SZ}",
            "calcom_booking": {
                "id": appointment["calcom_booking_id"],
                "uid": appointment["calcom_v2_booking_uid"],
                "start": f"{starts:%Y-%m-%dT%H:%M:%S}.000Z",
            },
        }
    )
