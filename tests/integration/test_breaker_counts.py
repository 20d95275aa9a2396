"""What the breaker counts: what the service did, reads apart from writes, by the settings of service and company."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from typer.testing import CliRunner, Result

from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.booking import lookup
from data_consistency.booking.lookup import CalcomCalendar
from data_consistency.booking.settlement import Question
from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.policy import BreakerSettings, Outcome, Permit, Rejected, Use, Why
from data_consistency.calendar.calcom.accounts import Account
from data_consistency.calendar.calcom.errors import CredentialRefused
from data_consistency.cli import build_app
from data_consistency.errors import DataConsistencyError
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import AT_ONCE_SECONDS, Broken, answer, cool_down, events, row, try_call

_QUICK = BreakerSettings(refresh_seconds=AT_ONCE_SECONDS)
_WRITES = "calcom:company:1:writes"


def _settle(breakers: Breakers, use: Use, outcome: Outcome) -> str:
    breaker = breakers.of("calcom", 1, _QUICK)
    permit = breaker.permit(use)
    if isinstance(permit, Rejected):
        return permit.why.value
    breaker.settle(permit, outcome)
    return outcome.value


def _states(rt: Runtime) -> dict[str, str]:
    found = worlds.execute(rt.engine, "SELECT service_key, current_state FROM circuit_breaker_states")
    return {str(key): str(state) for key, state in found}


def _run(rt: Runtime, *arguments: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner().invoke(build_app(), ["breaker", *arguments], env=environment)


def test_reads_that_work_do_not_hide_writes_that_fail(rt: Runtime, breakers: Breakers) -> None:
    """A success of a read between two failed writes is none of a write; nor does it close what writes have opened."""
    for _ in range(3):
        assert "failure" == _settle(breakers, Use.WRITE, Outcome.FAILURE)
        assert "success" == _settle(breakers, Use.READ, Outcome.SUCCESS)
    assert "open" == _settle(breakers, Use.WRITE, Outcome.SUCCESS)
    cool_down(rt)

    assert "success" == _settle(breakers, Use.READ, Outcome.SUCCESS)
    assert "open" == _states(rt)[_WRITES]
    assert ["success"] * 2 == [_settle(breakers, Use.WRITE, Outcome.SUCCESS) for _ in range(2)]
    assert "closed" == _states(rt)[_WRITES]


def test_writes_that_work_do_not_hide_reads_that_fail(rt: Runtime, breakers: Breakers) -> None:
    """The other way round."""
    for _ in range(3):
        _settle(breakers, Use.READ, Outcome.FAILURE)
        _settle(breakers, Use.WRITE, Outcome.SUCCESS)

    assert "open" == _settle(breakers, Use.READ, Outcome.SUCCESS)
    assert "success" == _settle(breakers, Use.WRITE, Outcome.SUCCESS)


def test_an_operator_who_names_the_company_means_both(rt: Runtime, breakers: Breakers) -> None:
    """Forced open and reset, reads and writes."""
    assert 0 == _run(rt, "open", "calcom:company:1", "--reason", "r", "--new").exit_code
    breaker = breakers.of("calcom", 1, _QUICK)

    for use in Use:
        rejected = breaker.permit(use)
        assert isinstance(rejected, Rejected)
        assert rejected.why is Why.FORCED
    assert 0 == _run(rt, "reset", "calcom:company:1", "--reason", "r").exit_code
    assert all(isinstance(breaker.permit(use), Permit) for use in Use)


def _turned_away() -> None:
    raise CredentialRefused("me", "the key is refused", status=401)


@pytest.mark.parametrize("use", Use)
def test_a_probe_whose_key_is_refused_proves_nothing(rt: Runtime, breakers: Breakers, use: Use) -> None:
    """It neither closes nor opens; the next may probe at once."""
    breaker = breakers.of("calcom", 1, _QUICK)
    for _ in range(3):
        _settle(breakers, use, Outcome.FAILURE)
    cool_down(rt)

    for _ in range(5):
        with pytest.raises(CredentialRefused):
            breaker.call(_turned_away, use=use)

    assert "half_open" == _states(rt)[_WRITES if use is Use.WRITE else "calcom:company:1"]
    assert [("closed", "open"), ("open", "half_open")] == events(rt)


def test_our_own_limits_leave_a_healthy_calendar_open(
    rt: Runtime, fake: FakeCalcom, breakers: Breakers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten looks at once with two requests a minute: eight are not made, and none is held against Cal.com."""
    monkeypatch.setattr(lookup, "_LIMITS", replace(lookup._LIMITS, requests_per_minute=2))
    connection = fake.connection(key="cal_live_of_this_test")
    fake.key("cal_live_of_this_test")
    calendar = CalcomCalendar((Account(company_id=1, connection=connection),), breakers, now=fake.world.clock.now)
    question = Question(company_id=1, booking_id=None, retell_call_id="call_abcdefgh", announced_at=None)

    def ask(_number: int) -> str:
        try:
            return str(calendar.ask(question))
        except DataConsistencyError as error:
            return type(error).__name__

    with ThreadPoolExecutor(10) as pool:
        said = sorted(pool.map(ask, range(10)))
    calendar.close()

    assert ["RateLimited"] * 8 + ["silent"] * 2 == said
    assert {} == {key: state for key, state in _states(rt).items() if state != "closed"}
    assert isinstance(breakers.of("calcom", 1).permit(), Permit)


def test_settings_of_service_and_company_hold_in_a_running_process(rt: Runtime, breakers: Breakers) -> None:
    """The company's before the service's; both are shown, and taken back one by one."""
    breaker = breakers.of("calcom", 1, _QUICK)
    assert "Broken" == try_call(breaker)
    given = ["set", "calcom", "failure_threshold=2", "cool_down_seconds=5", "--reason", "hasty", "--new"]
    assert 0 == _run(rt, *given).exit_code
    told = _run(rt, "set", "calcom:company:1", "failure_threshold=4", "--reason", "patient")
    assert "opens at 4 in a row, waits 5 s" in told.output

    said = [try_call(breaker) for _ in range(4)]

    assert ["Broken"] * 3 + ["CircuitOpen"] == said
    rejected = breaker.permit()
    assert isinstance(rejected, Rejected)
    assert 0 < (rejected.retry_after or 0) <= 5
    listed = {one["service_key"]: one["settings"] for one in json.loads(_run(rt, "list", "--json").output)}
    assert {"failure_threshold": 2, "cool_down_seconds": 5} == listed["calcom"]
    assert {"failure_threshold": 4, "cool_down_seconds": 5} == listed["calcom:company:1"]
    assert "opens at 4 in a row, waits 5 s" in _run(rt, "list").output
    back = _run(rt, "set", "calcom:company:1", "failure_threshold=default", "--reason", "as before")
    assert "opens at 2 in a row" in back.output
    assert isinstance(
        _run(rt, "set", "calcom", "cool_down_seconds=60", "--reason", "r").exception, DataConsistencyError
    )


def test_a_rate_counts_reads_and_writes_apart(rt: Runtime, breakers: Breakers) -> None:
    """Ten healthy reads do not thin out two writes of which both fail."""
    _run(rt, "set", "calcom", "failure_rate=0.5", "minimum_calls=2", "--reason", "r", "--new")
    for _ in range(10):
        _settle(breakers, Use.READ, Outcome.SUCCESS)
    for _ in range(2):
        _settle(breakers, Use.WRITE, Outcome.FAILURE)

    assert "open" == _states(rt)[_WRITES]
    assert "success" == _settle(breakers, Use.READ, Outcome.SUCCESS)


def test_errors_of_the_call_are_still_its_own(breakers: Breakers) -> None:
    """Counted as a write, raised as it is."""
    with pytest.raises(Broken):
        breakers.of("calcom", 1, _QUICK).call(lambda: (_ for _ in ()).throw(Broken()), use=Use.WRITE)
    assert "answer" == try_call(breakers.of("calcom", 1, _QUICK), answer)


def test_the_row_of_reads_is_the_breakers_own(rt: Runtime, breakers: Breakers) -> None:
    """As operators know it."""
    _settle(breakers, Use.READ, Outcome.FAILURE)

    assert 1 == row(rt)["failure_count"]
