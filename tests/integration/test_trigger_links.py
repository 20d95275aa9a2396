"""What the triggers make of the link between a call and its customer."""

import pytest

from tests.trigger_world import THEIRS, World

pytestmark = pytest.mark.every_server

PLACEHOLDER = "anonymous_1700000000_0a1b2c3d"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"from_number": THEIRS}, ("linked", "phone_match", 100, 1)),
        ({"from_number": "0170 0000001"}, ("linked", "phone_match", 100, 1)),
        ({"from_number": "+491709999999"}, ("pending_review", None, None, 0)),
        ({"from_number": "anonymous"}, ("pending_review", None, None, 0)),
        ({"from_number": PLACEHOLDER}, ("pending_review", None, None, 0)),
        ({"from_number": None}, ("pending_review", None, None, 0)),
        ({"from_number": "Anonymous", "customer_link_method": "phone_match"}, ("pending_review", None, None, 0)),
        ({"customer_link_method": "manual_link"}, ("linked", "manual_link", 100, 1)),
        ({"customer_link_method": "auto_created"}, ("linked", "auto_created", 100, 1)),
        ({"customer_link_method": "name_match"}, ("linked", "name_match", 85, 1)),
        ({"customer_link_method": "appointment_link"}, ("linked", "appointment_link", 95, 1)),
        ({"customer_link_method": "ai_match", "from_number": "private"}, ("pending_review", "ai_match", None, 0)),
        (
            {"customer_link_method": "name_match", "customer_link_confidence": 55},
            ("pending_review", "name_match", 55, 0),
        ),
        ({"customer_link_method": "name_match", "customer_link_confidence": 20}, ("failed", "name_match", 20, 0)),
        (
            {"customer_link_status": "pending_review", "customer_link_confidence": 90, "from_number": THEIRS},
            ("pending_review", None, 90, 0),
        ),
    ],
)
@pytest.mark.parametrize("how", ["insert", "update"])
def test_setting_a_customer_links_as_the_evidence_has_it(
    world: World, values: dict[str, object], expected: tuple[object, ...], how: str
) -> None:
    """New or later, by number, method or confidence; pending_review in the same statement is respected."""
    link = {"customer_id": world.customer(), **values}
    if how == "insert":
        call = world.call(**link)
    else:
        call = world.call(from_number=link.pop("from_number", None))
        world.update("calls", call, **link)

    assert world.link(call) == expected


def test_visible_number_links_a_customer_without_number(world: World) -> None:
    """Nothing better is known, and nothing speaks against it."""
    customer = world.customer(phone=None)

    assert world.link(world.call(customer_id=customer, from_number=THEIRS)) == ("linked", "phone_match", 100, 1)


def test_number_of_two_customers_proves_neither(world: World) -> None:
    """Who of the two called is for a person."""
    customer, _ = world.customer(), world.customer(name="Ute Muster")

    assert world.link(world.call(customer_id=customer, from_number=THEIRS)) == ("pending_review", None, None, 0)


def test_appointment_of_the_customer_links_a_hidden_number(world: World) -> None:
    """The appointment of the call belongs to the customer: that is evidence."""
    customer = world.customer()
    call = world.call(from_number="anonymous")
    world.appointment(call, customer_id=customer)

    world.run("UPDATE calls SET customer_id = :customer WHERE id = :id", customer=customer, id=call)

    assert world.link(call) == ("linked", "appointment_link", 95, 1)


def test_customer_of_another_company_is_not_linked(world: World) -> None:
    """It is a finding of its own; the trigger adds no proof to it."""
    customer = world.customer(company_id=2)

    assert world.link(world.call(customer_id=customer, from_number=THEIRS)) == ("pending_review", None, None, 0)


def test_another_customer_is_judged_anew(world: World) -> None:
    """Method and confidence of the former customer are not kept for the new one."""
    first, second = world.customer(), world.customer(phone="+491700000002")
    call = world.call(customer_id=first, from_number="+491700000002", customer_link_method="manual_link")

    world.run("UPDATE calls SET customer_id = :customer WHERE id = :id", customer=second, id=call)

    assert world.link(call) == ("linked", "phone_match", 100, 1)
    world.run(
        "UPDATE calls SET customer_id = :customer, customer_link_method = 'manual_link',"
        " customer_link_confidence = 100, customer_linked_at = '2026-01-01 00:00:00' WHERE id = :id",
        customer=first,
        id=call,
    )
    assert world.link(call) == ("linked", "manual_link", 100, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"from_number": THEIRS}, "unlinked"),
        ({"from_number": "anonymous"}, "anonymous"),
        ({"from_number": PLACEHOLDER}, "anonymous"),
        ({"from_number": "anonymous", "customer_name": "Eva Muster"}, "name_only"),
        ({"from_number": THEIRS, "customer_name": "guten Tag"}, "unlinked"),
    ],
)
def test_taking_the_customer_away_unlinks(world: World, values: dict[str, object], expected: str) -> None:
    """What is left is a name, a hidden number or nothing; no method, confidence or time stays behind."""
    call = world.call(customer_id=world.customer(), customer_link_method="manual_link", **values)

    world.run("UPDATE calls SET customer_id = NULL WHERE id = :id", id=call)

    assert world.link(call) == (expected, None, None, 0)


def test_touching_a_linked_call_keeps_the_link(world: World) -> None:
    """Only a change of the customer is judged."""
    call = world.call(customer_id=world.customer(), from_number=THEIRS)
    world.run("UPDATE calls SET customer_link_status = 'pending_review' WHERE id = :id", id=call)

    world.run("UPDATE calls SET updated_at = '2026-01-01 00:00:00' WHERE id = :id", id=call)

    assert world.link(call)[0] == "pending_review"
