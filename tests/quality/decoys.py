"""Decoys: legal rows that look wrong. No rule may find any of them."""

from datetime import timedelta

from tests.quality import people
from tests.quality.cases import NOW
from tests.quality.stories import Maker, Story

# Like a wish for staff, a particle alone, a persona with a surname, a word that contains a stop word, other scripts.
_NAMES = (
    "Beimer",
    "von der Heide",
    "Anna Bauer",
    "Termina Neumann",
    "Zumwinkel",
    "Mitra Hadad",
    "Ja-eun Kim",
    "Janein Rudolf",
)
_SCRIPTS = ("محمد علي", "田中太郎", "Ju\u0308rgen Mo\u0308ller", "José Núñez")


def odd_name(m: Maker) -> None:
    """A genuine name that a list of words could take for none."""
    m.call(customer_name=m.rng.choice(_NAMES), customer_link_status="name_only")


def foreign_profile(m: Maker) -> None:
    """A profile in another script, or in decomposed letters."""
    m.customer(name=m.rng.choice(_SCRIPTS))


def namesakes(m: Maker) -> None:
    """Two people of one name, with numbers of their own."""
    first = m.customer()
    m.customer(name=first["name"])


def one_number_in_two_companies(m: Maker) -> None:
    """One telephone, one customer here, and a withheld one beside."""
    customer = m.customer()
    m.customer(phone=f"anonymous_1776000000_{customer['id']:08x}")


def two_bookings(m: Maker) -> None:
    """Bookings of one customer in a row: the end of one is the start of the next."""
    customer = m.customer()
    first, second = m.appointment(customer), m.appointment(customer)
    second.update(
        starts_at=first["ends_at"], ends_at=first["ends_at"] + timedelta(minutes=30), staff_id=first["staff_id"]
    )


def siblings(m: Maker) -> None:
    """A parent books two children for one time, with two members of staff."""
    customer = m.customer()
    first, second = m.appointment(customer), m.appointment(customer)
    staff, start = m.tenant.place_together(2)
    for appointment, member in zip((first, second), staff, strict=True):
        appointment.update(staff_id=member, starts_at=start, ends_at=start + timedelta(minutes=30))
    first["metadata"], second["metadata"] = '{"customer_name": "Lea"}', '"{\\"customer_name\\": \\"Tim\\"}"'


def night_of_the_clock(m: Maker) -> None:
    """Calls in the hour that does not exist, and in the one after."""
    for hour in (0, 1):
        m.call(start=NOW.replace(month=3, day=29, hour=hour, minute=59))


def whole_second(m: Maker) -> None:
    """Durations that differ by less than a second, a call of no length, and one of a day."""
    call = m.call()
    call.update(duration_sec=call["duration_ms"] // 1000 + 1)
    m.call(duration_sec=0, duration_ms=0, summary=None, transcript="...")


def manual_verification(m: Maker) -> None:
    """A person verified somebody who withheld the number."""
    m.call(customer_name=people.name(m.rng), customer_link_status="name_only", customer_name_verified=1,
           verification_method="manual")  # fmt: skip


def spelled_number(m: Maker) -> None:
    """A caller's number in another spelling than the customer's."""
    customer = m.customer()
    call = m.call(**m.of(customer))
    call["from_number"] = "0" + str(customer["phone"])[3:6] + " " + str(customer["phone"])[6:]


def replaced_booking(m: Maker) -> None:
    """A booking whose first appointment failed in the calendar and whose second did not."""
    customer = m.customer()
    call = m.call(**m.of(customer))
    failed = m.appointment(customer, status="failed")
    m.booked(call, m.appointment(customer))
    failed.update(call_id=call["id"], calcom_v2_booking_id=None, calcom_booking_id=None, calcom_v2_booking_uid=None)


def rejected_elsewhere(m: Maker) -> None:
    """A call that changed its mind: nothing was booked, and nothing is said to be."""
    m.call(session_outcome="no_interest", call_successful=0, from_number=people.number(m.new_id()),
           customer_link_status="unlinked")  # fmt: skip


def copied_id(m: Maker) -> None:
    """A synced appointment that keeps the calendar's id in the column for copies alone."""
    m.appointment(
        m.customer(), calcom_v2_booking_id=None, calcom_booking_id=None, calcom_v2_booking_uid=None,
        external_id=f"copy{m.new_id()}",
    )  # fmt: skip


def withheld_by_digits(m: Maker) -> None:
    """Two customers whose numbers were withheld, which the provider put as the same digits."""
    for _ in range(2):
        customer = m.customer(phone="+266696687")
        customer["email"] = f"w{customer['id']}@example.invalid"


def our_calls_at_once(m: Maker) -> None:
    """Two calls of ours within ten seconds, to different people."""
    first = m.call(direction="outbound", from_number=m.tenant.phone, to_number=people.number(m.new_id()),
                   customer_link_status="unlinked")  # fmt: skip
    m.call(start=first["start_timestamp"] + timedelta(seconds=3), direction="outbound", from_number=m.tenant.phone,
           to_number=people.number(m.new_id()), customer_link_status="unlinked")  # fmt: skip


DECOYS: tuple[Story, ...] = (
    copied_id, withheld_by_digits, our_calls_at_once,
    odd_name, foreign_profile, namesakes, one_number_in_two_companies, two_bookings, siblings, night_of_the_clock,
    whole_second, manual_verification, spelled_number, replaced_booking, rejected_elsewhere,
)  # fmt: skip
