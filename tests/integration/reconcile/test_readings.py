"""Readings: windows, cursors, heartbeats, companies."""

import threading
from datetime import timedelta

import pytest

from consistency_sandbox.fake_calcom.faults import Kind as Fault
from data_consistency.calendar.calcom import SELF_HOSTED
from data_consistency.calendar.readings import Outcome
from data_consistency.pipeline.reconcile import Reconciliation
from tests import worlds
from tests.calendar_world import Calendar

_LIST = "/v2/bookings"


def _only(result: Reconciliation) -> tuple[Outcome, str]:
    (one,) = result.companies
    return one.outcome, one.reason or ""


def _windows(ours: Calendar, name: str) -> list[str]:
    return [request.query[name] for request in ours.fake.world.log if name in request.query]


def test_the_first_reading_is_of_everything_and_the_next_of_what_changed(ours: Calendar) -> None:
    """Far ahead too; then from the last cursor, with an overlap, and no horizon for a day."""
    far = ours.fake.add(start=ours.coming(400))
    ours.fake.add(start=ours.coming(-40), age=60 * 86_400)
    first = ours.reconcile()
    ours.fake.world.log.clear()

    second = ours.reconcile()

    assert [(1, far.uid, "accepted")] == ours.mirror()
    assert (Outcome.COMPLETE, "") == _only(first) == _only(second)
    assert [] == _windows(ours, "afterStart")
    assert 1 == len(_windows(ours, "afterCreatedAt")) == len(_windows(ours, "afterUpdatedAt"))


def test_a_server_of_ones_own_is_read_by_offset(calendar: Calendar) -> None:
    """The other style of lists; halved windows and all."""
    for number in range(260):
        calendar.fake.add(start=calendar.coming(1 + number / 100), age=3600 + number)
    calendar.connect(versions=SELF_HOSTED)

    assert Outcome.COMPLETE is _only(calendar.reconcile())[0]
    assert 260 == len(calendar.mirror())


def test_what_is_said_again_is_only_seen_again(ours: Calendar) -> None:
    """Or every booking would be checked anew every hour."""
    ours.fake.add(start=ours.coming())
    ours.reconcile()
    (changed,) = ours.mirror("changed_at")

    ours.reconcile(horizon=True)

    assert [changed] == ours.mirror("changed_at")
    ((seen,),) = ours.mirror("seen_at")
    assert seen > changed[0]  # type: ignore[operator]


def test_two_companies_where_one_key_is_bad(calendar: Calendar) -> None:
    """The good one is read, and reports for itself; the other never has."""
    record = calendar.fake.add(start=calendar.coming())
    calendar.connect(1)
    calendar.connect(2, key="cal_live_wrong")

    result = calendar.reconcile()

    assert [Outcome.COMPLETE, Outcome.NOT_EVALUATED] == [one.outcome for one in result.companies]
    assert [(1, record.uid, "accepted")] == calendar.mirror()
    assert {"calcom", "calcom:1"} == calendar.heartbeats()
    assert {"calcom_reading:company:2"} == set(calendar.incidents())


def test_companies_are_never_mixed(calendar: Calendar) -> None:
    """One key, told apart by event types: each has its own bookings."""
    one = calendar.fake.add(start=calendar.coming(), event_type=100)
    two = calendar.fake.add(start=calendar.coming(), event_type=200)
    calendar.connect(1, types=(100,))
    calendar.connect(2, types=(200,))

    result = calendar.reconcile()

    assert result.is_complete
    assert {(1, one.uid, "accepted"), (2, two.uid, "accepted")} == set(calendar.mirror())
    assert {"calcom", "calcom:1", "calcom:2"} == calendar.heartbeats()


def test_only_one_company_is_read_when_asked(calendar: Calendar) -> None:
    """The other's report is still missing."""
    calendar.connect(1)
    calendar.connect(2)

    result = calendar.reconcile(company=2)

    assert [2] == [one.company_id for one in result.companies]
    assert {"calcom", "calcom:2"} == calendar.heartbeats()


def test_two_runs_at_once(ours: Calendar) -> None:
    """One reads, the other says so: what both stored could end in the wrong order."""
    ours.fake.world.switches.latency = 0.05
    results: list[Reconciliation] = []
    threads = [threading.Thread(target=lambda: results.append(ours.reconcile())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    outcomes = sorted(_only(result)[0].value for result in results)
    assert ["busy", "complete"] == outcomes
    assert {} == ours.incidents()


def test_a_run_ends_in_time_and_the_next_goes_on(ours: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long first reading is no fault."""
    monkeypatch.setattr("data_consistency.calendar.readings.PATIENCE", timedelta(seconds=-1))
    outcome, reason = _only(ours.reconcile())
    incidents = ours.incidents()
    monkeypatch.undo()

    assert (Outcome.GOES_ON, True) == (outcome, reason.startswith("the time of a run is over"))
    assert {} == incidents
    assert Outcome.COMPLETE is _only(ours.reconcile())[0]


def test_a_horizon_that_was_left_for_a_day_is_begun_anew(ours: Calendar) -> None:
    """What it read then proves nothing now."""
    ours.fake.fail(Fault.HTML, path=_LIST, times=1)
    ours.reconcile()
    worlds.execute(
        ours.rt.engine,
        "UPDATE consistency_calcom_readings SET begun_at = UTC_TIMESTAMP(6) - INTERVAL 2 DAY,"
        " lower_at = UTC_TIMESTAMP(6), next_at = UTC_TIMESTAMP(6), upper_at = UTC_TIMESTAMP(6) WHERE kind = 'horizon'",
    )
    ours.fake.world.log.clear()

    assert Outcome.COMPLETE is _only(ours.reconcile())[0]
    assert len(_windows(ours, "afterStart")) > 10


def test_an_old_horizon_is_no_report(ours: Calendar) -> None:
    """Rules are not judged by a mirror that may lack what nobody has changed."""
    ours.reconcile()
    worlds.execute(ours.rt.engine, "DELETE FROM consistency_heartbeats")
    worlds.execute(
        ours.rt.engine,
        "UPDATE consistency_calcom_readings SET completed_at = completed_at - INTERVAL 40 HOUR WHERE kind = 'horizon'",
    )
    ours.fake.world.switches.ignored_filters = ["afterStart", "beforeEnd"]  # the horizon alone asks by them
    ours.fake.add(start=ours.coming(-60), age=90 * 86_400)

    ours.reconcile()

    assert set() == ours.heartbeats()


def test_a_full_page_is_stored_in_few_statements(ours: Calendar) -> None:
    """What a driver sends row by row costs a company with thousands of bookings its hour."""

    def inserts() -> int:
        ((_, count),) = worlds.execute(ours.rt.engine, "SHOW GLOBAL STATUS LIKE 'Com_insert'")
        return int(str(count))

    taken = []
    for rows in (10, 90):
        for number in range(rows):
            ours.book(ours.fake.add(start=ours.coming(1 + number / 50)))
        before = inserts()
        ours.reconcile(horizon=True)
        taken.append(inserts() - before)

    assert taken[1] <= taken[0] + 2
