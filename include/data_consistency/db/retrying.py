"""Repeating a call whose cause may pass: a few times, each wait twice the last and a little more."""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_exponential,
    wait_random,
)
from tenacity.stop import stop_base

from data_consistency.errors import DatabaseUnavailable

_T = TypeVar("_T")


def is_transient(error: BaseException) -> bool:
    """Whether another attempt may help, as far as the type of an error says."""
    return isinstance(error, DatabaseUnavailable | ConnectionError | TimeoutError)


def retry_transient(
    call: Callable[[], _T],
    *,
    attempts: int = 3,
    base_delay_seconds: float = 1.0,
    within_seconds: float | None = None,
    transient: Callable[[BaseException], bool] = is_transient,
    noted: Callable[[BaseException], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> _T:
    """Make a call until it succeeds; the last error is raised as it is.

    Args:
        call: must be safe to repeat.
        attempts: in all.
        base_delay_seconds: the first wait; the second is twice as long, and so on, each up to a half longer by chance,
            so that two that hindered each other do not meet again.
        within_seconds: after so long no further attempt is made; None: their number alone decides.
        transient: says of an error whether it is worth another attempt; others are raised at once.
        noted: is told of each error that is followed by another attempt.
        sleep: waits.
    """

    def note(state: RetryCallState) -> None:
        error = None if state.outcome is None else state.outcome.exception()
        if noted is not None and error is not None:
            noted(error)

    stop: stop_base = stop_after_attempt(attempts)
    if within_seconds is not None:
        stop |= stop_after_delay(within_seconds)
    retrying = Retrying(
        stop=stop,
        wait=wait_exponential(multiplier=base_delay_seconds, exp_base=2) + wait_random(0, base_delay_seconds / 2),
        retry=retry_if_exception(transient),
        before_sleep=note,
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)
