"""REPLACE on watched tables: the row is as it was sent, what needs it is looked at again, and nothing is invented."""

from collections.abc import Iterator

import pytest

from consistency_sandbox.servers import private
from data_consistency.runtime import Runtime
from tests import worlds
from tests.rounds import findings, run_all
from tests.schemas import Schemas

pytestmark = pytest.mark.every_server


@pytest.fixture
def rt(database_server: private.Server, schemas: Schemas) -> Iterator[Runtime]:
    """A world with our triggers and invisible columns."""
    with schemas.use(database_server, "with triggers", lambda url: worlds.create(url, triggers=True)) as url:
        runtime = worlds.runtime(url)
        yield runtime
        runtime.engine.dispose()


def _replace(rt: Runtime, table: str, row_id: int, **changed: object) -> dict[str, object]:
    """Send the whole row anew, as an application that knows nothing of our columns does; returns what was sent."""
    sent = {**worlds.row(rt.engine, table, row_id), **changed}
    columns, markers = ", ".join(sent), ", ".join(f":{name}" for name in sent)
    worlds.execute(rt.engine, f"REPLACE INTO {table} ({columns}) VALUES ({markers})", **sent)
    return sent


def test_a_replaced_call_is_as_it_was_sent_and_read_by_the_next_check(rt: Runtime) -> None:
    """One that was fine and comes anew without direction, with a claim: triggers judge neither, rules find both."""
    call = worlds.add_call(rt.engine)
    run_all(rt, "r1")

    sent = _replace(rt, "calls", call, direction=None, appointment_made=1, session_outcome="appointment_booked")
    stands = worlds.row(rt.engine, "calls", call)
    run_all(rt, "r2")

    assert sent == stands
    assert {
        ("call_direction_present", call, "corrected"),
        ("booking_claim_has_appointment", call, "open"),  # touched a moment ago
    } == findings(rt)


def test_the_call_of_a_replaced_appointment_stays_booked(rt: Runtime) -> None:
    """It is unlinked and linked again, so that the time of its link alone is another."""
    call = worlds.add_call(rt.engine, session_outcome="appointment_booked")
    appointment = worlds.add_appointment(rt.engine, call_id=call)
    before = worlds.row(rt.engine, "calls", call)

    sent = _replace(rt, "appointments", appointment, status="confirmed")
    after = worlds.row(rt.engine, "calls", call)

    assert sent == worlds.row(rt.engine, "appointments", appointment)
    assert (1, "linked", "appointment_booked") == tuple(
        after[name] for name in ("appointment_made", "appointment_link_status", "session_outcome")
    )
    assert {name for name, value in before.items() if value != after[name]} <= {"appointment_linked_at"}


def test_a_replaced_customer_leaves_no_link_behind_that_nobody_ends(rt: Runtime) -> None:
    """MariaDB takes the customer from their calls, by the source's own key, MySQL does not: the rest follows."""
    customer = worlds.add_customer(rt.engine)
    call = worlds.add_call(rt.engine, customer_id=customer, from_number="+491700000001")
    run_all(rt, "r1")
    linked = worlds.row(rt.engine, "calls", call)["customer_link_status"]

    sent = _replace(rt, "customers", customer, name="Eva Neu")
    run_all(rt, "r2")
    after = worlds.row(rt.engine, "calls", call)

    assert sent == worlds.row(rt.engine, "customers", customer)
    assert "linked" == linked
    assert (after["customer_id"], after["customer_link_status"]) in {(None, "unlinked"), (customer, "linked")}
    assert {"corrected"} >= {status for _, row_id, status in findings(rt) if row_id == call}
