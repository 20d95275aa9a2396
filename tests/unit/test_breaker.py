"""The circuit breaker's words and judgements, without a database."""

import math
from types import SimpleNamespace

import pytest

from data_consistency.breaker.policy import (
    BreakerSettings,
    Mode,
    Outcome,
    Reading,
    State,
    Why,
    company_of,
    key_of,
    outcome_of_answer,
    outcome_of_error,
    outcome_of_status,
    require_key,
)
from data_consistency.calendar.calcom.errors import BudgetSpent, CredentialRefused, RateLimited, Unavailable
from data_consistency.errors import ConfigurationError, WrongUse


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


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 422])
def test_business_answers_do_not_count(status: int) -> None:
    """The service is there and has spoken."""
    assert Outcome.SUCCESS is outcome_of_status(status)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_failures_of_the_service_count(status: int) -> None:
    """And so does its wish to be left alone."""
    assert Outcome.FAILURE is outcome_of_status(status)


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
    assert Outcome.SUCCESS is outcome_of_error(CredentialRefused("get", "no", status=401))
    assert Outcome.SUCCESS is outcome_of_error(BudgetSpent("get", "spent"))


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
