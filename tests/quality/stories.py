"""Stories: clean cases of every kind of call and booking. A story is a function of the maker; its name is the kind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.quality import people
from tests.quality.cases import NOW, Case, Row
from tests.quality.tenants import COLOUR, CUT, PERM, Tenant

_PARTS = (("initial", 0, 45, 1), ("processing", 45, 75, 0), ("final", 75, 135, 1))


class Maker:
    """Makes the rows of one case after the other, with ids that never repeat."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.next_id = 1000
        self.tenant = Tenant(id=1)
        self.case = Case(story="")

    def begin(self, story: str, tenant: Tenant) -> Case:
        """Start a case."""
        self.case, self.tenant = Case(story=story), tenant
        return self.case

    def new_id(self) -> int:
        """The next id."""
        self.next_id += 1
        return self.next_id

    def moment(self) -> datetime:
        """When something happened: within the forty days before the day before yesterday, DST change included.

        Not in the two hours of the day that end now: nobody there shall miss a usual volume of calls.
        """
        moment = NOW - timedelta(days=2, seconds=self.rng.randrange(40 * 86_400))
        return moment + timedelta(hours=3) if 10 <= moment.hour < 12 else moment

    def customer(self, **values: Any) -> Row:
        """A customer with a number."""
        new = self.new_id()
        made = self.moment() - timedelta(days=30)
        return self.case.add("customers", {
            "id": new, "company_id": self.tenant.id, "name": people.name(self.rng), "phone": people.number(new),
            "email": f"c{new}@example.invalid" if new % 2 else None, "created_at": made, "updated_at": made,
            "consistency_changed_at": made, **values,
        })  # fmt: skip

    def call(self, **values: Any) -> Row:
        """A finished call of somebody unknown who asked something."""
        new, start = self.new_id(), values.pop("start", None) or self.moment()
        seconds = self.rng.randrange(40, 600)
        row = {
            "id": new, "company_id": self.tenant.id, "branch_id": self.tenant.branch, "direction": "inbound",
            "phone_number_id": self.tenant.phone_id, "retell_call_id": f"call_{new:016x}", "from_number": "anonymous",
            "to_number": self.tenant.phone, "status": "completed", "call_status": "ended", "duration_sec": seconds,
            "duration_ms": seconds * 1000 + self.rng.randrange(1000), "start_timestamp": start,
            "end_timestamp": start + timedelta(seconds=seconds), "disconnection_reason": "user_hangup",
            "call_successful": 1, "appointment_made": 0, "session_outcome": "information_only", "booking_confirmed": 0,
            "customer_name": None, "customer_name_verified": 0, "booking_failed": 0,
            "customer_link_status": "anonymous", "appointment_link_status": "unlinked", "transcript": "User: ...",
            "summary": "...", "gateway_mode": "appointment", "metadata": '{"sentiment": "Neutral"}',
            "created_at": start, "updated_at": start + timedelta(seconds=seconds), "consistency_changed_at": start,
        }  # fmt: skip
        self.case.add("calls", {**row, **values})
        if new % 4 == 0:
            self.case.add("retell_call_sessions", {
                "id": f"{new:032x}", "call_id": f"call_{new:016x}", "company_id": self.tenant.id,
                "call_status": "completed", "created_at": start,
            })  # fmt: skip
        return self.case.rows["calls"][-1]

    def of(self, customer: Row) -> Row:
        """What a call says of a customer recognised by telephone."""
        return {
            "from_number": customer["phone"], "customer_id": customer["id"], "customer_name": customer["name"],
            "customer_link_status": "linked", "customer_link_method": "phone_match", "customer_link_confidence": 100,
            "customer_linked_at": customer["created_at"], "customer_name_verified": 1, "verification_confidence": 99,
            "verification_method": "phone_match",
        }  # fmt: skip

    def appointment(
        self, customer: Row, *, past: bool = False, service: int = CUT, minutes: int = 30, **values: Any
    ) -> Row:
        """An appointment that the calendar has."""
        new, (staff, start) = self.new_id(), self.tenant.place(past=past)
        made = values.pop("made", None) or min(self.moment(), start - timedelta(days=1))
        row = {
            "id": new, "company_id": self.tenant.id, "branch_id": self.tenant.branch, "customer_id": customer["id"],
            "service_id": self.tenant.service(service), "staff_id": staff, "starts_at": start,
            "ends_at": start + timedelta(minutes=minutes), "status": "completed" if past else "confirmed",
            "source": "cal.com", "calcom_v2_booking_id": str(10_000_000 + new), "calcom_booking_id": 10_000_000 + new,
            "calcom_v2_booking_uid": f"uid{new:012x}", "calcom_host_id": 7, "calcom_sync_status": "synced",
            "created_at": made, "updated_at": made, "consistency_changed_at": made, **values,
        }  # fmt: skip
        return self.case.add("appointments", row)

    def booked(self, call: Row, appointment: Row) -> None:
        """Both sides say that the call led to the appointment."""
        appointment.update(call_id=call["id"], source="retell_ai", created_at=call["end_timestamp"])
        appointment["metadata"] = f'{{"call_id": {call["id"]}, "retell_call_id": "{call["retell_call_id"]}"}}'
        call.update(
            appointment_made=1, session_outcome="appointment_booked", booking_confirmed=1,
            appointment_id=appointment["id"],
            converted_appointment_id=appointment["id"], converted_to_appointment=1, appointment_link_status="linked",
            appointment_linked_at=call["end_timestamp"], booking_id=appointment["calcom_v2_booking_uid"],
            booking_details=f'{{"calcom_booking": {{"uid": "{appointment["calcom_v2_booking_uid"]}"}}}}',
        )  # fmt: skip

    def phases(self, appointment: Row) -> None:
        """The phases of a composite appointment."""
        for kind, begin, end, needs_staff in _PARTS:
            self.case.add("appointment_phases", {
                "appointment_id": appointment["id"], "phase_type": kind, "staff_required": needs_staff,
                "start_time": appointment["starts_at"] + timedelta(minutes=begin),
                "end_time": appointment["starts_at"] + timedelta(minutes=end), "created_at": appointment["created_at"],
            })  # fmt: skip

    def record(self, appointment: Row, kind: str, call: Row) -> None:
        """The record of a change, made in a call."""
        self.case.add("appointment_modifications", {
            "appointment_id": appointment["id"], "modification_type": kind, "modified_by_type": "customer",
            "metadata": f'{{"retell_call_id": "{call["retell_call_id"]}"}}', "created_at": call["end_timestamp"],
        })  # fmt: skip


def booking(m: Maker) -> None:
    """A known caller books; the appointment is to come."""
    customer = m.customer()
    m.booked(m.call(**m.of(customer)), m.appointment(customer))


def fulfilled(m: Maker) -> None:
    """The appointment is over."""
    customer = m.customer()
    appointment = m.appointment(customer, past=True)
    call = m.call(**m.of(customer), start=appointment["starts_at"] - timedelta(days=2))
    m.booked(call, appointment)


def question(m: Maker) -> None:
    """Somebody withholds the number and asks."""
    m.call(from_number=m.rng.choice(("anonymous", "unknown", "Blocked", None)))


def stranger(m: Maker) -> None:
    """A visible number, nobody known."""
    m.call(from_number=people.number(m.new_id()), customer_link_status="unlinked")


def named(m: Maker) -> None:
    """A name and a number, not yet a customer."""
    m.call(from_number=people.number(m.new_id()), customer_name=people.name(m.rng), customer_link_status="name_only",
           session_outcome="callback_requested")  # fmt: skip


def named_hidden(m: Maker) -> None:
    """A name without a number."""
    m.call(customer_name=people.name(m.rng), customer_link_status="name_only", verification_method="anonymous_name",
           verification_confidence=0)  # fmt: skip


def created(m: Maker) -> None:
    """Somebody who withholds the number books and becomes a customer."""
    customer = m.customer(email=None)
    customer.update(phone=f"anonymous_1776000000_{customer['id']:08x}", email=f"c{customer['id']}@example.invalid")
    call = m.call(
        customer_id=customer["id"], customer_name=customer["name"], customer_link_status="linked",
        customer_link_method="auto_created", customer_link_confidence=100, customer_linked_at=NOW - timedelta(days=9),
    )  # fmt: skip
    m.booked(call, m.appointment(customer))


def moved(m: Maker) -> None:
    """A web booking is moved by telephone."""
    customer = m.customer()
    call = m.call(**m.of(customer), session_outcome="appointment_rescheduled")
    appointment = m.appointment(customer, made=call["start_timestamp"] - timedelta(days=1))
    appointment.update(status="rescheduled", rescheduled_count=1, rescheduled_at=call["end_timestamp"],
                       calcom_previous_booking_uid=f"old{appointment['id']:012x}")  # fmt: skip
    call["appointment_id"] = appointment["id"]
    m.record(appointment, "reschedule", call)


def cancelled(m: Maker) -> None:
    """A web booking is cancelled by telephone."""
    customer = m.customer()
    call = m.call(**m.of(customer), session_outcome="appointment_cancelled")
    appointment = m.appointment(customer, made=call["start_timestamp"] - timedelta(days=1))
    appointment.update(status="cancelled", cancellation_reason="krank")
    call["appointment_id"] = appointment["id"]
    m.record(appointment, "cancel", call)


def composite(m: Maker) -> None:
    """A treatment with a gap in which somebody else is served, legally."""
    customer, other = m.customer(), m.customer()
    appointment = m.appointment(customer, service=COLOUR, minutes=135, is_composite=1)
    m.phases(appointment)
    m.booked(m.call(**m.of(customer)), appointment)
    between = m.appointment(other)
    between["staff_id"] = appointment["staff_id"]
    between["starts_at"] = appointment["starts_at"] + timedelta(minutes=45)
    between["ends_at"] = between["starts_at"] + timedelta(minutes=30)


def web(m: Maker) -> None:
    """Booked on the web, no call."""
    m.appointment(m.customer())


def mirrored(m: Maker) -> None:
    """Booked in a call, and the calendar has told of it."""
    booking(m)
    appointment, call = m.case.appointment, m.case.call
    m.case.add("consistency_calcom_bookings", {
        "id": m.new_id(), "company_id": m.tenant.id, "calcom_uid": appointment["calcom_v2_booking_uid"],
        "calcom_id": appointment["calcom_booking_id"], "event_type_id": 5, "status": "accepted",
        "starts_at": appointment["starts_at"], "ends_at": appointment["ends_at"],
        "created_at_calcom": call["end_timestamp"] - timedelta(seconds=5), "metadata_call_id": call["retell_call_id"],
        "seen_at": NOW - timedelta(hours=1), "changed_at": call["end_timestamp"],
    })  # fmt: skip


def for_somebody(m: Maker) -> None:
    """A booking for a child, kept as a customer of its own."""
    parent = m.customer()
    child = m.customer(name=f"Kleine {parent['name']}")
    appointment = m.appointment(child)
    m.booked(m.call(**m.of(parent)), appointment)
    appointment["metadata"] = f'{{"customer_name": "{child["name"]}"}}'


def service_desk(m: Maker) -> None:
    """Not about bookings at all."""
    m.call(gateway_mode="service_desk", from_number=people.number(m.new_id()), customer_link_status="unlinked")


def outbound(m: Maker) -> None:
    """We call a customer back."""
    customer = m.customer()
    call = m.call(**m.of(customer), direction="outbound", to_number=customer["phone"])
    call["from_number"] = m.tenant.phone


def manual(m: Maker) -> None:
    """A person linked the call."""
    customer = m.customer()
    m.call(customer_id=customer["id"], customer_link_status="linked", customer_link_method="manual_link",
           customer_link_confidence=100, linked_by_user_id=3, customer_linked_at=NOW - timedelta(days=2))  # fmt: skip


def going_on(m: Maker) -> None:
    """A call of this minute."""
    start = NOW - timedelta(minutes=m.rng.randrange(1, 60))
    m.call(start=start, status="ongoing", call_status="ongoing", duration_sec=None, duration_ms=None,
           end_timestamp=None, session_outcome=None, transcript=None, summary=None, call_successful=None)  # fmt: skip


def deleted(m: Maker) -> None:
    """Rows deleted softly may be as wrong as they like."""
    customer = m.customer(name="Gast", email="", deleted_at=NOW - timedelta(days=3))
    customer["email"] = None
    m.call(direction=None, session_outcome="nonsense", duration_sec=-1, deleted_at=NOW - timedelta(days=3))


def same_day(m: Maker) -> None:
    """Three calls of one day, by three people."""
    start = m.moment().replace(hour=9)
    for n in range(3):
        m.call(
            start=start + timedelta(minutes=7 * n), customer_name=people.name(m.rng), customer_link_status="name_only"
        )


def permanent(m: Maker) -> None:
    """A service with processing time."""
    customer = m.customer()
    appointment = m.appointment(customer, service=PERM, minutes=90)
    m.case.add("appointment_phases", {
        "appointment_id": appointment["id"], "phase_type": "initial", "staff_required": 1,
        "start_time": appointment["starts_at"], "end_time": appointment["ends_at"], "created_at": NOW,
    })  # fmt: skip


Story = Callable[[Maker], None]
STORIES: dict[str, tuple[Story, int]] = {
    story.__name__: (story, weight)
    for story, weight in (
        *((booking, 24), (fulfilled, 14), (question, 12), (stranger, 8), (named, 6), (named_hidden, 5), (created, 4)),
        *(
            (moved, 4),
            (cancelled, 4),
            (composite, 4),
            (web, 4),
            (mirrored, 4),
            (for_somebody, 2),
            (service_desk, 2),
            (outbound, 2),
        ),
        *((manual, 2), (going_on, 1), (deleted, 1), (same_day, 1), (permanent, 1)),
    )
}
