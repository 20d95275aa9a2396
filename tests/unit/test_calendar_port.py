"""The calendar's errors as the circuit breaker judges them, and what a data job may ask."""

import pytest

from data_consistency.breaker.outcomes import outcome_of_error
from data_consistency.breaker.policy import Outcome
from data_consistency.calendar.calcom.errors import (
    BookingNotFound,
    BudgetSpent,
    CalcomError,
    CredentialRefused,
    OutOfTime,
    RateLimited,
    Refusal,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    WrongVersion,
)
from data_consistency.calendar.port import ReadOnlyCalendar


@pytest.mark.parametrize(
    ("error", "fails"),  # None: it says nothing of the service
    [
        (CredentialRefused("me", "x", status=401), None),
        (CredentialRefused("me", "x", status=498), None),
        (BookingNotFound("get", "x", status=404), False),
        (WrongVersion("list", "x", status=405), False),
        (UnexpectedAnswer("list", "x", status=200), False),
        (Refused("list", Refusal.OTHER, status=400), False),
        (BudgetSpent("list", "x"), None),
        (RateLimited("list", retry_after=9.0), None),
        (OutOfTime("list", "x"), None),
        (RateLimited("list", retry_after=9.0, status=429), True),  # the reconciliation leaves it uncounted
        (Unavailable("list", "x", status=503), True),
        (Unavailable("list", "a page of a gateway", status=404), True),
        (Unavailable("list", "the answer is no JSON", status=200), True),
        (Unavailable("list", "no connection", was_sent=False), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CalcomError) else "",
)
def test_client_and_breaker_agree_on_what_fails(error: CalcomError, *, fails: bool | None) -> None:
    """The error's own word goes before its status: a gateway's 404 fails, a 404 of the API does not."""
    said = {True: Outcome.FAILURE, False: Outcome.SUCCESS, None: Outcome.NEITHER}

    assert fails is error.counts_as_failure
    assert said[fails] is outcome_of_error(error)


def test_a_data_job_has_no_way_to_write() -> None:
    """Not by mistake either."""
    assert {"prove_access", "walk", "get"} == {name for name in vars(ReadOnlyCalendar) if name[0] != "_"}
