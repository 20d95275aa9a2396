"""Bookings that a whole horizon no longer shows: looked up twice, never deleted."""

import pytest

from consistency_sandbox.fake_calcom.faults import Kind as Fault
from data_consistency.calendar import absence
from data_consistency.calendar.readings import Outcome
from data_consistency.pipeline.reconcile import Reconciliation
from tests import worlds
from tests.calendar_world import Calendar

_GONE = "coming_appointment_is_in_the_calendar"


@pytest.fixture
def known(ours: Calendar) -> Calendar:
    """A calendar of two bookings, the first with its appointment, read a day ago."""
    for days in (2, 3):
        ours.book(ours.fake.add(start=ours.coming(days)))
    ours.reconcile()
    _later(ours)
    return ours


def _later(ours: Calendar) -> None:
    for table, column in (
        ("calcom_bookings", "seen_at"),
        ("calcom_absences", "missed_at"),
        ("calcom_readings", "begun_at"),
        ("heartbeats", "seen_at"),
    ):
        worlds.execute(ours.rt.engine, f"UPDATE consistency_{table} SET {column} = {column} - INTERVAL 10 MINUTE")


def _uid(ours: Calendar, number: int) -> str:
    return str(ours.mirror("calcom_uid")[number][0])


def _only(result: Reconciliation) -> tuple[Outcome, int, int]:
    (one,) = result.companies
    return one.outcome, one.looked_up, one.lost


def test_what_was_deleted_is_gone_after_the_second_look(known: Calendar) -> None:
    """The row stays and says when it was there last; the appointment goes to a person."""
    uid = _uid(known, 0)
    known.fake.act("delete", uid=uid)
    first = known.reconcile(horizon=True)
    between = known.findings(), known.mirror("status"), known.incidents()
    too_early = known.reconcile()
    _later(known)

    second = known.reconcile()

    assert (Outcome.GOES_ON, 1, 0) == _only(first)
    assert "in no list any more" in str(first.companies[0].reason)
    assert (set(), [("accepted",), ("accepted",)], {}) == between
    assert (Outcome.GOES_ON, 0, 0) == _only(too_early)
    assert (Outcome.COMPLETE, 1, 1) == _only(second)
    assert [("other",), ("accepted",)] == known.mirror("status")
    rows = worlds.execute(known.rt.engine, "SELECT id FROM appointments WHERE calcom_v2_booking_uid = :uid", uid=uid)
    assert {(_GONE, *row) for row in rows} == known.findings()
    assert [] == worlds.execute(known.rt.engine, "SELECT * FROM consistency_calcom_absences")
    assert {"GET"} == known.methods()


def test_what_no_list_shows_but_is_there_is_there(known: Calendar) -> None:
    """A question of rights, not of absence."""
    world = known.fake.world
    record = world.stored(_uid(known, 0))
    assert record is not None
    known.fake.act("delete", uid=record.uid)
    known.fake.add(
        uid=record.uid, id=record.id, start=record.start, end=record.end, created_at=record.created_at, stranger=True
    )

    result = known.reconcile(horizon=True)

    assert (Outcome.COMPLETE, 1, 0) == _only(result)
    assert [("accepted",), ("accepted",)] == known.mirror("status")
    assert set() == known.findings()


def test_what_comes_back_before_the_second_look_is_there(known: Calendar) -> None:
    """A replica may lag for long."""
    record = known.fake.world.stored(_uid(known, 0))
    assert record is not None
    known.fake.act("delete", uid=record.uid)
    known.reconcile(horizon=True)
    _later(known)
    known.fake.world.put(record, lag=0.0)

    assert (Outcome.COMPLETE, 1, 0) == _only(known.reconcile())
    assert [("accepted",), ("accepted",)] == known.mirror("status")


def test_nothing_is_believed_missing_while_nothing_can_be_found(known: Calendar) -> None:
    """A booking that was just listed is looked up first."""
    known.fake.act("delete", uid=_uid(known, 0))
    known.fake.fail(Fault.BODY_A, path="/v2/bookings/", status=404, times=99)

    result = known.reconcile(horizon=True)

    assert Outcome.NOT_EVALUATED is result.companies[0].outcome
    assert "a booking that was just listed cannot be found by its uid" == result.companies[0].reason
    assert [] == worlds.execute(known.rt.engine, "SELECT * FROM consistency_calcom_absences")


def test_an_outage_in_the_midst_of_looking(known: Calendar) -> None:
    """Nothing is concluded; the next run looks again."""
    known.fake.act("delete", uid=_uid(known, 0))
    known.fake.fail(Fault.HTML, path="/v2/bookings/", times=9)

    failed = known.reconcile(horizon=True)
    known.fake.world.faults.clear()

    assert Outcome.NOT_EVALUATED is failed.companies[0].outcome
    assert Outcome.GOES_ON is known.reconcile().companies[0].outcome


def test_an_empty_calendar_is_believed_when_each_booking_is_gone(known: Calendar) -> None:
    """There is nothing left to try the look-up with."""
    for number in (0, 1):
        known.fake.act("delete", uid=_uid(known, number))
    known.reconcile(horizon=True)
    _later(known)

    assert (Outcome.COMPLETE, 2, 2) == _only(known.reconcile())


def test_many_are_looked_up_over_several_runs(known: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is a request."""
    monkeypatch.setattr(absence, "MOST_LOOKS", 1)
    for number in (0, 1):
        known.fake.act("delete", uid=_uid(known, number))

    assert (Outcome.GOES_ON, 1, 0) == _only(known.reconcile(horizon=True))
    assert (Outcome.GOES_ON, 1, 0) == _only(known.reconcile())


def test_an_event_type_that_is_not_the_companys_any_more(calendar: Calendar) -> None:
    """Its bookings stay in the mirror and count as none."""
    calendar.fake.add(start=calendar.coming(), event_type=200)
    calendar.connect()
    calendar.reconcile()
    _later(calendar)
    calendar.sources.clear()
    calendar.connect(types=(100,))

    assert (Outcome.COMPLETE, 1, 1) == _only(calendar.reconcile(horizon=True))
    assert [("other",)] == calendar.mirror("status")


def test_a_uid_that_nobody_can_ask_for(known: Calendar) -> None:
    """It stays as it is."""
    worlds.execute(
        known.rt.engine, "UPDATE consistency_calcom_bookings SET calcom_uid = 'no uid', calcom_id = 5 LIMIT 1"
    )

    assert (Outcome.COMPLETE, 0, 0) == _only(known.reconcile(horizon=True))
    assert ("no uid", "accepted") in known.mirror("calcom_uid, status")
