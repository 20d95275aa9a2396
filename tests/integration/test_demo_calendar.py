"""The demo's calendar beside its rows: one question for a move, and guests of one booking left alone."""

import pytest

from consistency_sandbox.demo import lines
from consistency_sandbox.demo.calendar_sides import Filled, fill_calendar
from consistency_sandbox.demo.compared import compared
from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.fake_calcom import FakeCalcom
from consistency_sandbox.fake_calcom.world import RunningClock, World
from data_consistency import pipeline
from tests import worlds
from tests.calendar_world import Calendar


def _filled(ours: Calendar) -> Filled:
    ours.connect()
    filled = fill_calendar(ours.rt, ours.fake)
    ours.reconcile()
    pipeline.begin(ours.rt, "full", "full", "test")
    for table in ours.rt.suites():
        pipeline.check_table(ours.rt, table=table, run_id="full", kind="full")
    pipeline.fill_review_queue(ours.rt, run_id="full")
    return filled


@pytest.mark.timeout(300)
def test_the_demo_asks_once_of_a_move_and_leaves_seats_alone(empty_schema: str) -> None:
    """By every rule, not only those that compare; the lines say what was seen."""
    rt = worlds.runtime(empty_schema)
    load_demo(rt.engine, rt.now())
    with FakeCalcom(world=World(clock=RunningClock())) as fake:
        fake.world.switches.limit = 10_000
        ours = Calendar(rt, fake)
        filled = _filled(ours)
        found = compared(rt, filled)
        worlds.execute(rt.engine, "UPDATE consistency_calcom_bookings SET is_seated = 0, seat_calls = NULL")
        pipeline.begin(rt, "again", "full", "test")
        pipeline.check_table(rt, table="appointments", run_id="again", kind="full")
        without = compared(rt, filled)
    rt.engine.dispose()

    assert {
        "appointment_is_in_the_zone_of_the_calendar": 1,
        "calendar_booking_has_appointment": 1,
        "coming_appointment_is_in_the_calendar": 1,
    } == dict(found.differences)
    assert (f"was moved in the calendar to {filled.moved_to:%Y-%m-%d %H:%M} UTC",) == found.move
    assert found.names_new_time
    assert (2, ()) == (found.seats, found.seat_findings)
    told = "\n".join(lines.both_sides(filled, found))
    assert "is one question:" in told
    assert "nothing is found, and nobody is asked" in told
    assert {"calendar_booking_is_used_once", "staff_has_one_appointment_at_a_time"} <= set(without.seat_findings)
