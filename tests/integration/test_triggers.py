"""What the triggers make of the usual statements, row by row of the truth table."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data_consistency.ledger import switches
from tests.trigger_world import OURS, THEIRS, World

pytestmark = pytest.mark.every_server

PLACEHOLDER = "anonymous_1700000000_0a1b2c3d"
BOOKED = (1, "linked", "appointment_booked")
PARKED = (0, "pending_creation", None)
UNLINKED = (0, "unlinked", None)


# direction


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "inbound"),
        ({"direction": ""}, "inbound"),
        ({"direction": " "}, "inbound"),
        ({"direction": "outbound"}, "outbound"),
        ({"direction": "INBOUND"}, "inbound"),
        ({"direction": "sideways"}, "sideways"),
        ({"from_number": OURS, "to_number": THEIRS}, "outbound"),
        ({"from_number": "030 100000", "to_number": THEIRS}, "outbound"),
        ({"from_number": OURS, "to_number": OURS}, "inbound"),
        ({"from_number": THEIRS, "to_number": OURS}, "inbound"),
        ({"from_number": "anonymous", "to_number": OURS}, "inbound"),
        ({"from_number": OURS, "to_number": THEIRS, "company_id": 2}, "inbound"),
    ],
)
def test_direction_of_a_new_call(world: World, values: dict[str, object], expected: str) -> None:
    """A call without direction is inbound, outbound where the numbers of its company prove it."""
    call = world.call(**values)

    assert world.direction(call) == expected


def test_direction_is_not_lost(world: World) -> None:
    """Clearing a known direction keeps it; an old missing one is left to the rule."""
    known = world.call(direction="outbound")
    with world.engine.begin() as connection:
        connection.execute(text("SET @consistency_triggers = 'off'"))
        old = connection.execute(text("INSERT INTO calls (company_id, retell_call_id) VALUES (1, 'old')")).lastrowid
        connection.execute(text("SET @consistency_triggers = NULL"))

    world.run("UPDATE calls SET direction = NULL WHERE id = :id", id=known)
    world.run("UPDATE calls SET status = 'failed' WHERE id = :id", id=old)

    assert (world.direction(known), world.direction(old)) == ("outbound", None)
    world.run("UPDATE calls SET direction = '' WHERE id = :id", id=old)
    assert world.direction(old) == "inbound"
    world.run("UPDATE calls SET direction = 'OUTBOUND' WHERE id = :id", id=old)
    assert world.direction(old) == "outbound"


# booking


@pytest.mark.parametrize(
    "claim",
    [
        {"session_outcome": "appointment_booked"},
        {"session_outcome": "appointment_scheduled"},
        {"appointment_made": 1},
        {"appointment_made": 1, "session_outcome": "appointment_booked", "appointment_link_status": "linked"},
    ],
)
@pytest.mark.parametrize("how", ["insert", "update"])
def test_claim_without_appointment_is_parked(world: World, claim: dict[str, object], how: str) -> None:
    """A phantom booking does not become consistent: it waits, and an alert with the real id keeps the claim."""
    if how == "insert":
        call = world.call(**claim)
    else:
        call = world.call()
        world.update("calls", call, **claim)

    assert world.state(call) == PARKED
    ((metadata, company, fingerprint_is_right),) = world.run(
        "SELECT metadata, company_id, fingerprint = SHA2(CONCAT('booking_claim_parked:call:', entity_id), 256)"
        " FROM data_consistency_alerts WHERE alert_type = 'booking_claim_parked' AND status = 'parked'"
        " AND entity_id = :id AND entity_type = 'call' AND severity = 'warning'",
        id=call,
    )
    assert json.loads(str(metadata)) == {
        "flag": claim.get("appointment_made", 0),
        "outcome": claim.get("session_outcome"),
    }
    assert (company, fingerprint_is_right) == (1, 1)


def test_parked_claim_is_settled_by_its_appointment(world: World) -> None:
    """Call first, appointment second: booked, and the alert is resolved."""
    call = world.call(session_outcome="appointment_booked")

    world.appointment(call)

    assert world.state(call) == BOOKED
    assert world.alerts() == [("booking_claim_parked", call, "resolved")]


def test_normal_booking_writes_no_alert(world: World) -> None:
    """Call, appointment, flags: nothing to tell anybody."""
    call = world.call()
    world.appointment(call)
    world.run("UPDATE calls SET session_outcome = 'appointment_booked', appointment_made = 1 WHERE id = :id", id=call)

    assert world.state(call) == BOOKED
    assert world.alerts() == []


def test_appointment_before_its_call(world: World) -> None:
    """Appointment first, call second: whatever the call says, the appointment decides."""
    with world.engine.begin() as connection:
        connection.execute(text("SET foreign_key_checks = 0"))
        connection.execute(text("INSERT INTO appointments (company_id, call_id, status) VALUES (1, 77, 'confirmed')"))
        connection.execute(text("SET foreign_key_checks = 1"))

    world.call(id=77, appointment_made=0, session_outcome="information_only")

    assert world.state(77) == (1, "linked", "information_only")
    assert world.alerts() == []


def test_claiming_again_counts(world: World) -> None:
    """One alert for a call, however often it is claimed; the first time stays, so that waiting cannot be prolonged."""
    call = world.call(appointment_made=1)
    ((first,),) = world.run("SELECT detected_at FROM data_consistency_alerts")

    world.run("UPDATE calls SET appointment_made = 1 WHERE id = :id", id=call)

    ((occurrences, status, detected, reopened),) = world.run(
        "SELECT occurrences, status, detected_at, reopened FROM data_consistency_alerts"
    )
    assert (occurrences, status, detected, reopened) == (2, "parked", first, 0)
    assert world.state(call) == PARKED


def test_claim_parked_after_a_settled_one_reopens(world: World) -> None:
    """Booked, lost, claimed again: the alert is parked once more."""
    call = world.call(appointment_made=1)
    appointment = world.appointment(call)
    world.run("DELETE FROM appointments WHERE id = :id", id=appointment)

    world.run("UPDATE calls SET appointment_made = 1 WHERE id = :id", id=call)

    assert world.alerts() == [("booking_claim_parked", call, "parked"), ("appointment_unlinked", call, "resolved")]
    assert world.run("SELECT reopened FROM data_consistency_alerts WHERE status = 'parked'") == [(1,)]


@pytest.mark.parametrize("outcome", ["appointment_rescheduled", "information_only", "creation_failed"])
def test_more_specific_outcome_is_kept(world: World, outcome: str) -> None:
    """Neither an appointment nor a parked claim overwrites what is known more precisely."""
    booked, parked = world.call(session_outcome=outcome), world.call(session_outcome=outcome)

    world.appointment(booked)
    world.run("UPDATE calls SET appointment_made = 1 WHERE id = :id", id=parked)

    assert world.state(booked) == (1, "linked", outcome)
    assert world.state(parked) == (0, "pending_creation", outcome)


def test_people_may_withdraw_a_booking_without_appointment(world: World) -> None:
    """An outcome or a flag set back by hand stays as it was set."""
    with world.engine.begin() as connection:
        connection.execute(text("SET @consistency_triggers = 'off'"))
        connection.execute(
            text(
                "INSERT INTO calls (id, company_id, retell_call_id, appointment_made, session_outcome)"
                " VALUES (1, 1, 'a', 1, 'appointment_booked'), (2, 1, 'b', 1, 'appointment_booked')"
            )
        )
        connection.execute(text("SET @consistency_triggers = NULL"))

    world.run("UPDATE calls SET session_outcome = 'abandoned' WHERE id = 1")
    world.run("UPDATE calls SET appointment_made = 0 WHERE id = 2")

    assert (world.state(1), world.state(2)) == ((1, "unlinked", "abandoned"), (0, "unlinked", "appointment_booked"))
    assert world.alerts() == []


def test_old_claim_is_left_to_the_rules(world: World) -> None:
    """Touching a row for other reasons changes nothing of an old claim."""
    with world.engine.begin() as connection:
        connection.execute(text("SET @consistency_triggers = 'off'"))
        connection.execute(
            text(
                "INSERT INTO calls (id, company_id, retell_call_id, appointment_made, session_outcome)"
                " VALUES (1, 1, 'a', 1, NULL)"
            )
        )
        connection.execute(text("SET @consistency_triggers = NULL"))

    world.run("UPDATE calls SET updated_at = '2026-01-01 00:00:00' WHERE id = 1")

    assert world.state(1) == (1, "unlinked", None)


def test_codes_are_compared_exactly(world: World) -> None:
    """Capital letters make an unknown outcome, not a claim."""
    assert world.state(world.call(session_outcome="APPOINTMENT_BOOKED")) == (0, "unlinked", "APPOINTMENT_BOOKED")


def test_rolled_back_booking_is_believed_once_it_exists(world: World) -> None:
    """A failed creation whose appointment turns up is linked; the outcome stays the more specific one."""
    call = world.call(session_outcome="creation_failed", appointment_link_status="creation_failed")

    world.appointment(call)

    assert world.state(call) == (1, "linked", "creation_failed")


@pytest.mark.parametrize("status", ["rejected", "failed"])
def test_rejected_or_failed_appointment_is_no_evidence(world: World, status: str) -> None:
    """It proves nothing when it arrives, takes the booking back when it becomes so, and gives it when it recovers."""
    call, other = world.call(), world.call()
    world.appointment(other, status=status)
    appointment = world.appointment(call)

    world.run("UPDATE appointments SET status = :status WHERE id = :id", status=status, id=appointment)

    assert (world.state(call), world.state(other)) == (UNLINKED, UNLINKED)
    world.run("UPDATE appointments SET status = 'confirmed' WHERE id = :id", id=appointment)
    assert world.state(call) == BOOKED


def test_deleting_the_last_appointment_unlinks_and_stays_so(world: World) -> None:
    """One of two leaves the booking, the last one takes it, with a trace; the reset is not flipped back."""
    call = world.call()
    first, last = world.appointment(call), world.appointment(call)

    world.run("DELETE FROM appointments WHERE id = :id", id=first)
    assert world.state(call) == BOOKED
    world.run("DELETE FROM appointments WHERE id = :id", id=last)

    assert world.state(call) == UNLINKED
    assert world.run("SELECT appointment_linked_at FROM calls WHERE id = :id", id=call) == [(None,)]
    assert world.alerts() == [("appointment_unlinked", call, "resolved")]
    world.run("UPDATE calls SET updated_at = '2026-01-01 00:00:00' WHERE id = :id", id=call)
    assert world.state(call) == UNLINKED


@pytest.mark.parametrize(
    "change", ["status = 'cancelled'", "deleted_at = '2026-01-01 00:00:00'", "starts_at = '2026-01-01 00:00:00'"]
)
def test_cancelling_and_soft_deleting_change_nothing(world: World, change: str) -> None:
    """A booking did exist: what it means that it is gone is for people."""
    call = world.call()
    appointment = world.appointment(call)

    world.run(f"UPDATE appointments SET {change} WHERE id = :id", id=appointment)
    world.run("UPDATE calls SET updated_at = '2026-01-01 00:00:00' WHERE id = :id", id=call)

    assert world.state(call) == BOOKED
    assert world.alerts() == []


def test_restored_appointment_books_its_call(world: World) -> None:
    """A soft delete taken back counts as an appointment again."""
    call = world.call()
    appointment = world.appointment(call, deleted_at="2026-01-01 00:00:00")
    assert world.state(call) == UNLINKED

    world.run("UPDATE appointments SET deleted_at = NULL WHERE id = :id", id=appointment)

    assert world.state(call) == BOOKED


def test_moved_appointment_takes_the_booking_along(world: World) -> None:
    """The call it leaves is unlinked, the call it joins is booked."""
    left, joined = world.call(), world.call()
    appointment = world.appointment(left)

    world.run("UPDATE appointments SET call_id = :id WHERE id = :appointment", id=joined, appointment=appointment)

    assert (world.state(left), world.state(joined)) == (UNLINKED, BOOKED)
    world.run("UPDATE appointments SET call_id = NULL WHERE id = :id", id=appointment)
    assert world.state(joined) == UNLINKED


def test_failed_appointment_deleted_leaves_a_reviewed_booking(world: World) -> None:
    """A soft-deleted appointment waits for a reviewer: deleting a failed one beside it decides nothing."""
    call = world.call()
    kept, failed = world.appointment(call), world.appointment(call, status="failed")
    world.run("UPDATE appointments SET deleted_at = '2026-01-01 00:00:00' WHERE id = :id", id=kept)

    world.run("DELETE FROM appointments WHERE id = :id", id=failed)

    assert world.state(call) == BOOKED


def test_upsert_parks_and_books_like_any_write(world: World) -> None:
    """INSERT ... ON DUPLICATE KEY UPDATE fires both kinds of triggers; the claim is not lost between them."""
    world.run("INSERT INTO calls (id, company_id, retell_call_id) VALUES (1, 1, 'a'), (2, 1, 'b')")
    world.appointment(2)
    upsert = (
        "INSERT INTO calls (company_id, retell_call_id, appointment_made, session_outcome)"
        " VALUES (1, 'a', 1, 'appointment_booked'), (1, 'b', 1, 'appointment_booked'), (1, 'c', 0, NULL)"
        " ON DUPLICATE KEY UPDATE appointment_made = VALUES(appointment_made),"
        " session_outcome = VALUES(session_outcome)"
    )

    world.run(upsert)

    assert (world.state(1), world.state(2)) == (PARKED, BOOKED)
    assert world.alerts() == [("booking_claim_parked", 1, "parked")]
    assert world.run("SELECT JSON_VALUE(metadata, '$.flag') FROM data_consistency_alerts") == [("1",)]


def test_failed_insert_leaves_nothing_behind(world: World) -> None:
    """A claim whose insert failed is not pinned on the next call that is written."""
    with world.engine.connect() as connection:
        connection.execute(text("INSERT INTO calls (id, company_id, retell_call_id) VALUES (1, 1, 'a')"))
        with pytest.raises(DBAPIError):
            connection.execute(
                text("INSERT INTO calls (company_id, retell_call_id, appointment_made) VALUES (1, 'a', 1)")
            )
        connection.execute(text("UPDATE calls SET status = 'failed' WHERE id = 1"))
        connection.commit()

    assert world.state(1) == UNLINKED
    assert world.alerts() == []


# never in the way


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO appointments (company_id, call_id, status) SELECT company_id, id, 'confirmed' FROM calls",
        "UPDATE appointments AS a JOIN calls AS c ON c.id = a.call_id SET a.status = 'failed'",
        "UPDATE appointments SET call_id = (SELECT MAX(id) FROM calls)",
        "DELETE a FROM appointments AS a JOIN calls AS c ON c.id = a.call_id",
        "DELETE FROM appointments WHERE call_id IN (SELECT id FROM calls)",
        "UPDATE calls AS c JOIN appointments AS a ON a.call_id = c.id SET c.appointment_made = 1, a.status = 'booked'",
        "INSERT INTO calls (company_id, retell_call_id, appointment_made)"
        " SELECT company_id, CONCAT('copy', id), 1 FROM calls",
        "INSERT INTO calls (company_id, retell_call_id, appointment_made)"
        " SELECT 1, CONCAT('alert', COUNT(*)), 1 FROM data_consistency_alerts",
        "UPDATE calls SET appointment_made = 1",
        "DELETE FROM calls",
    ],
)
def test_statement_that_reads_both_tables_does_not_fail(world: World, statement: str) -> None:
    """Error 1442 never reaches the application: the rules bring in line what a trigger could not reach."""
    call = world.call()
    world.appointment(call)

    world.run(statement)


def test_update_of_many_rows_sees_each_row(world: World) -> None:
    """A set statement parks and books row by row."""
    calls = [world.call() for _ in range(4)]
    world.appointment(calls[1])

    world.run("UPDATE calls SET appointment_made = 1")

    assert [world.state(call) for call in calls] == [PARKED, BOOKED, PARKED, PARKED]
    assert [row[1] for row in world.alerts()] == [calls[0], calls[2], calls[3]]


@pytest.mark.parametrize("table", ["data_consistency_alerts", "consistency_settings", "phone_numbers"])
def test_missing_table_does_not_fail_the_write(own_world: World, table: str) -> None:
    """Without alerts, settings or numbers the truth table still holds."""
    with own_world.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))

    call = own_world.call(appointment_made=1, from_number=OURS)
    assert (own_world.state(call), own_world.direction(call) in {"inbound", "outbound"}) == (PARKED, True)
    appointment = own_world.appointment(call)
    assert own_world.state(call) == BOOKED
    own_world.run("DELETE FROM appointments WHERE id = :id", id=appointment)
    assert own_world.state(call) == UNLINKED


def test_source_guards_still_guard(world: World) -> None:
    """The source's own tenant triggers refuse as before."""
    customer = world.customer(company_id=2)
    call = world.call()

    with pytest.raises(DBAPIError, match="different companies"):
        world.appointment(call, customer_id=customer)

    assert world.state(call) == UNLINKED


def test_rollback_takes_everything_back(world: World) -> None:
    """Flags and alerts belong to the transaction of the write."""
    call = world.call()
    with world.engine.connect() as connection:
        connection.execute(text("UPDATE calls SET appointment_made = 1"))
        connection.execute(text("INSERT INTO appointments (company_id, call_id) VALUES (1, :id)"), {"id": call})
        connection.rollback()

    assert world.state(call) == UNLINKED
    assert world.alerts() == []


def _switch_by_session(world: World) -> str:
    return "SET @consistency_triggers = 'off'"


def _switch_by_setting(world: World) -> str:
    with world.engine.begin() as connection:
        switches.throw(connection, switches.TRIGGERS, on=False, actor="test", now=datetime(2026, 1, 1))
    return "DO 0"


@pytest.mark.parametrize("switch", [_switch_by_session, _switch_by_setting])
def test_switched_off_triggers_do_nothing(world: World, switch: Callable[[World], str]) -> None:
    """By the session of an undo, or for everybody by one setting."""
    customer = world.customer()
    first = switch(world)

    with world.engine.begin() as connection:
        connection.execute(text(first))
        connection.execute(
            text(
                "INSERT INTO calls (id, company_id, retell_call_id, customer_id, appointment_made, session_outcome)"
                " VALUES (1, 1, 'a', :customer, 1, 'appointment_booked'), (2, 1, 'b', NULL, 0, NULL)"
            ),
            {"customer": customer},
        )
        connection.execute(text("INSERT INTO appointments (id, company_id, call_id) VALUES (1, 1, 2), (2, 1, 1)"))
        connection.execute(text("UPDATE appointments SET call_id = 1 WHERE id = 1"))
        connection.execute(text("DELETE FROM appointments"))
        connection.execute(text("UPDATE calls SET customer_id = NULL, direction = NULL WHERE id = 1"))
        connection.execute(text("UPDATE calls SET appointment_made = 1, direction = '' WHERE id = 2"))
        connection.execute(text("SET @consistency_triggers = NULL"))

    assert world.state(1) == (1, "unlinked", "appointment_booked")
    assert world.state(2) == (1, "unlinked", None)
    assert world.link(1) == ("unlinked", None, None, 0)
    assert (world.direction(1), world.direction(2)) == (None, "")
    assert world.alerts() == []
