"""The circuit breaker's words and judgements, without a database."""

import math
import threading
from types import SimpleNamespace

import pytest

from data_consistency.breaker.deadline import Saturated, Workers
from data_consistency.breaker.outcomes import outcome_of_answer, outcome_of_error, outcome_of_status
from data_consistency.breaker.policy import (
    BreakerSettings,
    Mode,
    Outcome,
    Reading,
    State,
    Use,
    Why,
    base_of,
    company_of,
    key_of,
    require_key,
    service_of,
)
from data_consistency.breaker.settings import changed, overridden, parse, stored, text_of
from data_consistency.calendar.calcom.errors import BudgetSpent, CredentialRefused, OutOfTime, RateLimited, Unavailable
from data_consistency.errors import CallTimedOut, ConfigurationError, WrongUse


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"failure_threshold": 0}, "failure_threshold=0: use a number above 0"),
        ({"failure_threshold": 2.5}, "failure_threshold=2.5: use a whole number"),
        ({"failure_threshold": True}, "failure_threshold=True"),
        ({"failure_rate": 1.5}, "failure_rate=1.5: use a share"),
        ({"cool_down_seconds": math.inf}, "cool_down_seconds=inf"),
        ({"cool_down_seconds": "30"}, "cool_down_seconds='30'"),
        ({"cool_down_seconds": 60}, "cool_down_cap_seconds"),
        ({"backoff_factor": 0.5}, "backoff_factor=0.5"),
        ({"lease_seconds": 5, "timeout_seconds": 5}, "lease_seconds"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, object], said: str) -> None:
    """When it is made, not when it is needed."""
    with pytest.raises(ConfigurationError) as raised:
        BreakerSettings(**settings)  # type: ignore[arg-type]

    assert said in str(raised.value)


def test_each_failed_probe_lengthens_the_cool_down_up_to_a_cap() -> None:
    """Below a minute, so that recovery is."""
    settings = BreakerSettings(cool_down_seconds=10, backoff_factor=2, cool_down_cap_seconds=35)

    assert [10, 20, 35, 35] == [settings.cool_down(n) for n in (0, 1, 2, 1000)]
    assert 30 == BreakerSettings().cool_down(5)


def test_keys_are_of_company_and_service() -> None:
    """And nothing that the database would take for another."""
    assert ("calcom:company:7", "calcom") == (key_of("calcom", 7), key_of("calcom"))
    assert (7, None) == (company_of("calcom:company:7"), company_of("calcom"))
    for wrong in ("Calcom", "", "a b", "a::b", "x" * 192, "cal.com:", "käse"):
        with pytest.raises(WrongUse, match="circuit breaker: key"):
            require_key(wrong)
    for company in (-1, True):
        with pytest.raises(WrongUse, match="use the id of a company"):
            key_of("calcom", company)


@pytest.mark.parametrize("status", [200, 301, 400, 404, 409, 422])
def test_business_answers_do_not_count(status: int) -> None:
    """The service is there and has spoken."""
    assert Outcome.SUCCESS is outcome_of_status(status)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_failures_of_the_service_count(status: int) -> None:
    """And so does its wish to be left alone."""
    assert Outcome.FAILURE is outcome_of_status(status)


@pytest.mark.parametrize("status", [401, 403, 407, 498])
def test_who_is_turned_away_for_a_key_has_seen_nothing(status: int) -> None:
    """Neither that the service works nor that it fails."""
    assert Outcome.NEITHER is outcome_of_status(status)


def test_what_we_did_ourselves_says_nothing_of_the_service() -> None:
    """Our limit, our budget, our queue, our deadline, a key that is refused."""
    ours = (
        RateLimited("get", retry_after=5),
        BudgetSpent("get", "spent"),
        OutOfTime("get", "no time left"),
        Unavailable("get", "no answer", was_cut_short=True),
        CredentialRefused("get", "no", status=401),
        CallTimedOut("late", counts_as_failure=None),
    )

    assert {Outcome.NEITHER} == {outcome_of_error(error) for error in ours}
    assert Outcome.FAILURE is outcome_of_error(CallTimedOut("late"))


def test_errors_and_answers_are_judged_by_what_they_say() -> None:
    """Their own word, their status, their response's status; without any, an error fails."""
    assert Outcome.SUCCESS is outcome_of_answer({"ok": True})
    assert Outcome.FAILURE is outcome_of_answer(SimpleNamespace(status_code=503))
    assert Outcome.SUCCESS is outcome_of_answer(SimpleNamespace(status=True))
    error = ValueError("x")
    assert Outcome.FAILURE is outcome_of_error(error)
    error.response = SimpleNamespace(status_code=404)  # type: ignore[attr-defined]
    assert Outcome.SUCCESS is outcome_of_error(error)
    assert Outcome.FAILURE is outcome_of_error(TimeoutError())
    assert Outcome.FAILURE is outcome_of_error(Unavailable("get", "down"))
    assert Outcome.FAILURE is outcome_of_error(RateLimited("get", retry_after=5, status=429))


@pytest.mark.parametrize(
    ("reading", "admits", "why"),
    [
        (Reading(), True, None),
        (Reading(state=State.OPEN, wait=3), False, Why.OPEN),
        (Reading(state=State.HALF_OPEN, wait=3), False, Why.PROBING),
        (Reading(state=State.OPEN, mode=Mode.FORCED_OPEN), False, Why.FORCED),
        (Reading(state=State.OPEN, mode=Mode.DISABLED), True, None),
        (Reading(state=State.OPEN, mode=Mode.METRICS_ONLY), True, None),
    ],
)
def test_a_reading_says_who_may_call(reading: Reading, admits: bool, why: Why | None) -> None:  # a case
    """By state and by what an operator wants."""
    assert admits is reading.admits
    if why is not None:
        assert why is reading.rejection(3).why
        assert (None if why is Why.FORCED else 3) == reading.rejection(3).retry_after
        assert (math.inf if why is Why.FORCED else 3) == reading.shut_for
    else:
        permit = reading.permit(0)
        assert (reading.mode is Mode.AUTOMATIC, reading.mode is not Mode.DISABLED) == (permit.counts, permit.measured)


def test_the_queue_for_a_thread_is_not_the_services_fault() -> None:
    """Who waited half his time is not called; who waited a little and is given up says nothing of the service."""
    go, workers, called = threading.Event(), Workers(1), list[int]()
    hog = threading.Thread(target=lambda: workers.run(lambda: go.wait(10), 10))
    hog.start()
    while workers._free.acquire(blocking=False):
        workers._free.release()

    with pytest.raises(Saturated):
        workers.run(lambda: called.append(1), 0.05)
    threading.Timer(0.1, go.set).start()
    with pytest.raises(CallTimedOut) as late:
        workers.run(lambda: threading.Event().wait(5), 1.0)
    hog.join()

    assert [] == called
    assert late.value.counts_as_failure is None


def test_settings_are_read_as_people_write_them() -> None:
    """By name, with `default` to take one back; what is none is named."""
    assert {"failure_threshold": 5, "failure_rate": 0.5, "probes": None} == parse(
        ["failure_threshold=5", "failure_rate=0.5", "probes=default"]
    )
    for wrong in ("colour=red", "failure_threshold=many", "failure_threshold=2.5", "cool_down_seconds="):
        with pytest.raises(WrongUse, match="circuit breaker: "):
            parse([wrong])


def test_settings_of_the_nearest_hold_and_must_go_together() -> None:
    """A company's before the service's; what would not go together is refused when it is given."""
    assert 20 == overridden(BreakerSettings(), [("cool_down_seconds", 20)]).cool_down_seconds
    assert BreakerSettings() == overridden(BreakerSettings(), [("cool_down_seconds", 5000)])
    assert {"probes": 2} == changed({"probes": 3, "backoff_factor": 2}, {"probes": 2, "backoff_factor": None}, {})
    with pytest.raises(ConfigurationError, match="cool_down_cap_seconds"):
        changed({}, {"cool_down_seconds": 60}, {})
    assert {"cool_down_seconds": 60} == changed({}, {"cool_down_seconds": 60}, {"cool_down_cap_seconds": 90})
    assert "opens at 3 in a row, waits 30 s, closes at 2 of 1 at a time" == text_of(BreakerSettings())
    assert "50% of at least 10 in 60 s" in text_of(BreakerSettings(failure_rate=0.5))
    assert {} == stored(None) == stored("not JSON") == stored("[1]")


def test_keys_of_writes_lead_to_their_company_and_service() -> None:
    """Whose settings hold for them, too."""
    key = key_of("calcom", 7, Use.WRITE)

    assert ("calcom:company:7:writes", "calcom:company:7", "calcom", 7) == (
        key, base_of(key), service_of(key), company_of(key)
    )  # fmt: skip
