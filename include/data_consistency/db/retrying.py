"""Repeating a call whose cause may pass: three times, each wait twice the last and a little more."""

import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random

from data_consistency.errors import DatabaseUnavailable

_T = TypeVar("_T")


def retry_transient(
    call: Callable[[], _T],
    *,
    attempts: int = 3,
    base_delay_seconds: float = 1.0,
    transient: tuple[type[BaseException], ...] = (DatabaseUnavailable, ConnectionError, TimeoutError),
    sleep: Callable[[float], None] = time.sleep,
) -> _T:
    """Make a call until it succeeds; the last error is raised as it is.

    Args:
        call: must be safe to repeat.
        attempts: in all.
        base_delay_seconds: the first wait; the second is twice as long, and so on, each up to a tenth longer by chance.
        transient: errors worth another attempt; others are raised at once.
        sleep: waits.
    """
    retrying = Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait_exponential(multiplier=base_delay_seconds, exp_base=2) + wait_random(0, base_delay_seconds / 10),
        retry=retry_if_exception_type(transient),
        sleep=sleep,
        reraise=True,
    )
    return retrying(call)
