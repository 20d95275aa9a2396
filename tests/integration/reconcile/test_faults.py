"""What keeps a reading from being complete: mirror and cursor are unharmed, and nothing is taken for empty."""

from dataclasses import replace

import pytest

from consistency_sandbox.fake_calcom.faults import Kind as Fault
from data_consistency.calendar.calcom import Limits
from data_consistency.calendar.readings import Outcome
from data_consistency.pipeline.reconcile import Reconciliation
from tests import worlds
from tests.calendar_world import QUICK, Calendar

_LIST = "/v2/bookings"


def _only(result: Reconciliation) -> tuple[Outcome, str]:
    (one,) = result.companies
    return one.outcome, one.reason or ""


def _windows(ours: Calendar, name: str) -> list[str]:
    return [request.query[name] for request in ours.fake.world.log if name in request.query]


@pytest.mark.parametrize("kind", [Fault.HTML, Fault.SAYS_ERROR, Fault.TRUNCATED, Fault.EMPTY, Fault.RESET])
def test_an_answer_that_is_none(ours: Calendar, kind: Fault) -> None:
    """Not an empty calendar: the mirror stays, the cursor stays, an incident opens and closes again."""
    record = ours.fake.add(start=ours.coming())
    ours.reconcile()
    cursor = ours.readings("kind, upper_at, completed_at")
    ours.fake.fail(kind, path=_LIST, times=9)

    failed = ours.reconcile(horizon=True)
    silent, kept = ours.incidents(), ours.readings("kind, upper_at, completed_at")
    ours.fake.world.faults.clear()
    ours.reconcile()

    outcome, reason = _only(failed)
    assert Outcome.NOT_EVALUATED is outcome
    assert not failed.is_complete
    assert {"calcom_reading:company:1": reason} == silent
    assert [(1, record.uid, "accepted")] == ours.mirror()
    assert {} == ours.incidents()
    assert [row[2] for row in cursor] == [row[2] for row in kept]


@pytest.mark.parametrize(
    ("switch", "value", "shortfall"),
    [
        ("repeat_page", True, "page_repeated"),
        ("repeat_cursor", True, "cursor_repeated"),
        ("lose_cursor", True, "cursor_missing"),
        ("ignored_filters", ["afterCreatedAt", "beforeCreatedAt"], "filter_not_honoured"),
    ],
)
def test_a_list_that_is_not_whole(ours: Calendar, switch: str, value: object, shortfall: str) -> None:
    """What it holds is stored, since it exists; nothing is concluded from what it lacks."""
    for number in range(240):
        ours.fake.add(start=ours.coming(1 + number / 100), age=60 * 86_400 if number % 2 else 3600)
    setattr(ours.fake.world.switches, switch, value)

    result = ours.reconcile()

    outcome, reason = _only(result)
    assert Outcome.NOT_EVALUATED is outcome
    assert shortfall in reason
    assert ours.mirror()
    assert set() == ours.heartbeats()
    assert [(None,)] * 2 == ours.readings("completed_at")
    ((cursor,),) = ours.readings("next_at")[:1]
    assert f"{cursor:%Y-%m-%dT%H:%M:%S}" == _windows(ours, "afterCreatedAt")[-1][:19]  # the window is read again
    assert {"calcom_reading:company:1"} == set(ours.incidents())


def _riddles(ours: Calendar) -> set[int]:
    rows = worlds.execute(
        ours.rt.engine,
        "SELECT entity_id FROM data_consistency_alerts"
        " WHERE alert_type = 'calendar_booking_can_be_read' AND status IN ('open', 'in_review')",
    )
    return {int(str(entity)) for (entity,) in rows}


@pytest.mark.parametrize("odd", [{"start": None}, {"id": 2**64}, {"uid": "u" * 120}, {"uid": None}])
@pytest.mark.parametrize("was_known", [False, True])
def test_a_row_that_cannot_be_read_is_set_aside(ours: Calendar, odd: dict[str, object], *, was_known: bool) -> None:
    """The rest is judged; what may be the row is unknown, not gone; once it can be read it is like others."""
    good, riddle = (ours.fake.add(start=ours.coming(days)) for days in (2, 3))
    ours.book(good)
    ours.book(riddle)
    if was_known:
        ours.reconcile()
    ours.fake.world.put(replace(riddle, overrides=odd), lag=0.0)

    first, second = ours.reconcile(horizon=True), ours.reconcile(horizon=True)
    told, state = _riddles(ours), ours.mirror("company_id, calcom_uid, status, starts_at, unreadable")
    judged = ours.findings()
    ours.fake.world.put(riddle, lag=0.0)
    ours.reconcile(horizon=True)

    assert {Outcome.COMPLETE} == {_only(first)[0], _only(second)[0]}
    assert {"calcom", "calcom:1"} == ours.heartbeats()
    assert {} == ours.incidents()
    assert 1 == len(told)
    assert (1, good.uid, "accepted") in {row[:3] for row in state}
    assert ["other"] == [row[2] for row in state if row[4] is not None]
    assert set() == judged
    assert (set(), set()) == (_riddles(ours), ours.findings())
    assert {(good.uid, "accepted"), (riddle.uid, "accepted")} <= set(ours.mirror("calcom_uid, status"))


def test_a_booking_that_is_only_found_alone_and_cannot_be_read(ours: Calendar) -> None:
    """No list shows it, and a look at it says nothing of its state: the others are judged."""
    record = ours.fake.add(start=ours.coming())
    ours.book(record)
    ours.reconcile()
    ours.fake.world.put(replace(record, stranger=True, overrides={"start": None}), lag=0.0)

    result = ours.reconcile(horizon=True)

    assert Outcome.COMPLETE is _only(result)[0]
    assert [(record.uid, "other", "start")] == ours.mirror("calcom_uid, status, unreadable")
    assert set() == ours.findings()


def test_a_number_that_comes_twice_overwrites_nothing(ours: Calendar) -> None:
    """The row that had it keeps it, and the other is stored beside it."""
    one = ours.fake.add(start=ours.coming(2))
    ours.reconcile()
    other = ours.fake.add(start=ours.coming(3))
    ours.fake.world.put(replace(other, overrides={"id": one.id}), lag=0.0)

    ours.reconcile(horizon=True)

    assert [(one.uid, one.id), (other.uid, None)] == ours.mirror("calcom_uid, calcom_id")


def test_a_key_that_expires_in_the_midst(calendar: Calendar) -> None:
    """The next run goes on where this one stopped, with a good key."""
    calendar.fake.key("cal_live_short", requests_left=4)
    calendar.connect(key="cal_live_short")
    first = calendar.reconcile()
    stopped = calendar.readings("next_at")[0]
    calendar.fake.key("cal_live_short")
    calendar.fake.world.log.clear()

    second = calendar.reconcile()

    outcome, reason = _only(first)
    assert Outcome.NOT_EVALUATED is outcome
    assert "the key is refused" in reason
    assert "cal_live" not in reason
    assert Outcome.COMPLETE is _only(second)[0]
    assert f"{stopped[0]:%Y-%m-%dT%H:%M:%S}" == _windows(calendar, "afterCreatedAt")[0][:19]


def test_an_outage_opens_the_breaker_and_then_nothing_is_sent(ours: Calendar) -> None:
    """The reason is the breaker's."""
    ours.fake.fail(Fault.HTML, times=3, status=503)
    for _ in range(3):
        ours.reconcile()
    ours.fake.world.log.clear()

    outcome, reason = _only(ours.reconcile())

    assert (Outcome.NOT_EVALUATED, True) == (outcome, "circuit breaker calcom:company:1 is open" in reason)
    assert [] == ours.fake.world.log


def test_a_limit_of_requests_is_no_outage(ours: Calendar) -> None:
    """It neither opens the breaker nor counts as an answer."""
    ours.fake.fail(Fault.LIMIT, times=99)
    for _ in range(4):
        outcome, reason = _only(ours.reconcile())
        assert (Outcome.NOT_EVALUATED, True) == (outcome, "rate limited" in reason)
    ours.fake.world.faults.clear()
    worlds.execute(ours.rt.engine, "DELETE FROM circuit_breaker_events")
    for path in (ours.rt.settings.var / "calcom").iterdir():
        path.unlink()  # the pause of the key

    assert Outcome.COMPLETE is _only(ours.reconcile())[0]
    assert [] == worlds.execute(ours.rt.engine, "SELECT 1 FROM circuit_breaker_states WHERE failure_count > 0")


def test_the_clients_own_deadline_makes_a_partial_list(calendar: Calendar) -> None:
    """As many pages as we allow ourselves, and no more."""
    for number in range(101):
        calendar.fake.add(start=calendar.coming(1 + number / 100), age=60 * 86_400)
    calendar.connect(limits=Limits(retries=0, pages=1, requests_per_minute=QUICK.requests_per_minute))

    outcome, reason = _only(calendar.reconcile())

    assert (Outcome.NOT_EVALUATED, True) == (outcome, "page_cap" in reason)
    assert 100 == len(calendar.mirror())


def test_what_cannot_be_judged_is_told(ours: Calendar) -> None:
    """The calendar was read; a column of ours is gone."""
    worlds.execute(ours.rt.engine, "ALTER TABLE appointments DROP COLUMN calcom_sync_status")

    result = ours.reconcile()

    assert Outcome.COMPLETE is _only(result)[0]
    assert not result.is_complete
    assert "calcom_sync_status" in result.not_evaluated[0]
