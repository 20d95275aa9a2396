"""The calendar is asked for a booking that no row shows: the real client, a real server, a real breaker."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from consistency_sandbox.fake_calcom import FakeCalcom
from consistency_sandbox.fake_calcom.faults import Kind
from data_consistency.booking import records
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.lookup import CalcomCalendar
from data_consistency.booking.opening import open_guard
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action, Question
from data_consistency.booking.verdict import Calendar, Verdict
from data_consistency.calendar.calcom.accounts import Account
from data_consistency.errors import DataConsistencyError
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import breakers_of

_CALL = "call_9f86d081884c7d659a2feaa0c55ad015"


@pytest.fixture
def calendar(rt: Runtime, fake: FakeCalcom) -> Iterator[CalcomCalendar]:
    """The calendar of company 1."""
    account = Account(company_id=1, connection=fake.connection())
    with breakers_of(rt) as breakers:
        made = CalcomCalendar((account,), breakers, now=fake.world.clock.now)
        yield made
        made.close()


def _ask(calendar: CalcomCalendar, fake: FakeCalcom, *, ago: float | None = None, **values: object) -> Calendar | None:
    announced = None if ago is None else _naive(fake.world.clock.now()) - timedelta(seconds=ago)
    asked: dict[str, object] = {"company_id": 1, "booking_id": None, "retell_call_id": _CALL, **values}
    return calendar.ask(Question(**asked, announced_at=announced))  # type: ignore[arg-type]


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def test_a_booking_is_known_by_uid_number_or_call(calendar: CalcomCalendar, fake: FakeCalcom) -> None:
    """Whatever the booking path has kept of it."""
    row = fake.add(metadata={"call_id": _CALL})

    assert Calendar.BOOKED is _ask(calendar, fake, booking_id=row.uid)
    assert Calendar.BOOKED is _ask(calendar, fake, booking_id=str(row.id))
    assert Calendar.BOOKED is _ask(calendar, fake)
    assert {"GET"} == {request.method for request in fake.world.log}


def test_what_is_not_there_yet_may_only_lag(calendar: CalcomCalendar, fake: FakeCalcom) -> None:
    """Absence is proven by a complete look a while after the announcement, never at once."""
    fake.add(metadata={"call_id": "another"})

    assert Calendar.SILENT is _ask(calendar, fake)
    assert Calendar.SILENT is _ask(calendar, fake, booking_id="nobody")
    assert Calendar.SILENT is _ask(calendar, fake, ago=10)
    assert Calendar.NOT_BOOKED is _ask(calendar, fake, ago=60)
    assert Calendar.NOT_BOOKED is _ask(calendar, fake, ago=60, booking_id="nobody")


def test_a_cancelled_booking_is_none_and_a_moved_one_is(calendar: CalcomCalendar, fake: FakeCalcom) -> None:
    """Where it was moved to, a person sees."""
    cancelled, moved = (fake.add(metadata={"call_id": "call_of_somebody"}) for _ in range(2))
    fake.act("cancel", uid=cancelled.uid)
    fake.act("move", uid=moved.uid)

    assert Calendar.NOT_BOOKED is _ask(calendar, fake, booking_id=cancelled.uid, ago=60)
    assert Calendar.BOOKED is _ask(calendar, fake, booking_id=moved.uid)


def test_a_company_without_a_calendar_is_told_apart(calendar: CalcomCalendar, fake: FakeCalcom) -> None:
    """Nobody is asked, and another company's key is not used."""
    assert _ask(calendar, fake, company_id=2) is None
    assert [] == list(fake.world.log)


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.TRUNCATED, Kind.SAYS_ERROR, Kind.RESET, Kind.EMPTY])
def test_no_usable_answer_is_an_error(calendar: CalcomCalendar, fake: FakeCalcom, kind: Kind) -> None:
    """Which the guard takes for silence."""
    fake.fail(kind, times=99)

    with pytest.raises(DataConsistencyError):
        _ask(calendar, fake, ago=600)


def test_an_outage_opens_the_breaker_and_nobody_is_asked_any_more(
    rt: Runtime, calendar: CalcomCalendar, fake: FakeCalcom
) -> None:
    """Three failures; the fourth question does not reach the service."""
    fake.fail(Kind.HTML, times=99, status=503)
    for _ in range(3):
        with pytest.raises(DataConsistencyError):
            _ask(calendar, fake, ago=600)
    before = len(fake.world.log)

    with pytest.raises(DataConsistencyError, match="is open"):
        _ask(calendar, fake, ago=600)

    assert before == len(fake.world.log)
    states = worlds.execute(rt.engine, "SELECT service_key, current_state FROM circuit_breaker_states")
    assert [("calcom:company:1", "open")] == states


def test_a_wrong_key_is_silence_and_no_outage(rt: Runtime, fake: FakeCalcom) -> None:
    """Everybody else's calls would stop for a typing error."""
    account = Account(company_id=1, connection=fake.connection(key="cal_live_wrong"))
    with breakers_of(rt) as breakers:
        calendar = CalcomCalendar((account,), breakers, now=fake.world.clock.now)
        for _ in range(4):
            with pytest.raises(DataConsistencyError, match="key"):
                _ask(calendar, fake, ago=600)
        calendar.close()


def test_a_partial_look_proves_nothing(calendar: CalcomCalendar, fake: FakeCalcom) -> None:
    """A page that cannot be read may have held it."""
    fake.add(odd="no_start")

    answer = _ask(calendar, fake, ago=600)

    assert answer is Calendar.SILENT


def test_the_guard_waits_asks_again_and_takes_back(rt: Runtime, fake: FakeCalcom) -> None:
    """The whole way: announced, not in the rows, not yet in the calendar; a minute later surely in neither."""
    call = worlds.add_call(
        rt.engine, session_outcome="appointment_booked", appointment_made=1, appointment_link_status="linked"
    )
    fake.world.clock.advance((rt.now() - _naive(fake.world.clock.now())).total_seconds())
    environ = {"CONSISTENCY_CALCOM_KEY": "cal_live_fake", "CONSISTENCY_CALCOM_URL": fake.url}
    request = BookingRequest(call_id=call)
    with open_guard(rt, mode=Mode.ENFORCE, actor="test", environ=environ) as (guard, _breakers):
        first = guard.settle(request, guard.validate(request))
        worlds.execute(
            rt.engine,
            "UPDATE consistency_booking_rechecks SET due_at = due_at - INTERVAL 5 MINUTE,"
            " requested_at = requested_at - INTERVAL 5 MINUTE",
        )
        counts = guard.recheck_due()

    assert (Action.QUEUED, Verdict.UNKNOWN) == (first.action, first.result.verdict)
    assert {"settled": 1} == counts
    assert "creation_failed" == worlds.row(rt.engine, "calls", call)["session_outcome"]


def test_a_booking_in_the_calendar_is_never_taken_back(rt: Runtime, fake: FakeCalcom) -> None:
    """The row is missing: a person adds it."""
    call = worlds.add_call(
        rt.engine, session_outcome="appointment_booked", appointment_made=1, appointment_link_status="linked"
    )
    fake.world.clock.advance((rt.now() - _naive(fake.world.clock.now())).total_seconds())
    fake.add(metadata={"call_id": worlds.row(rt.engine, "calls", call)["retell_call_id"]})
    environ = {"CONSISTENCY_CALCOM_KEY": "cal_live_fake", "CONSISTENCY_CALCOM_URL": fake.url}
    request = BookingRequest(call_id=call)
    with open_guard(rt, mode=Mode.ENFORCE, actor="test", environ=environ) as (guard, _breakers):
        settled = guard.settle(request, guard.validate(request))

    assert Action.SENT_TO_REVIEW is settled.action
    assert 1 == worlds.row(rt.engine, "calls", call)["appointment_made"]
    found = worlds.execute(rt.engine, "SELECT alert_type FROM data_consistency_alerts")
    assert [(records.CONTRADICTION,)] == found


def test_without_a_calendar_none_is_asked(rt: Runtime) -> None:
    """The guard of an empty environment."""
    with open_guard(rt, mode=Mode.SHADOW, actor="test", environ={}) as (guard, _breakers):
        assert isinstance(guard, BookingGuard)
        assert guard.mode is Mode.SHADOW
