"""The clock of the client, and what one run may still spend of time and retries."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Protocol

_end: ContextVar[float] = ContextVar("calcom_end", default=math.inf)


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Within, all operations together end in so many seconds; within another such block, never later than that."""
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


class Clock(Protocol):
    """Time and waiting, so that tests wait for nothing."""

    def now(self) -> datetime:
        """Aware UTC time."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware UTC time."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Allowance:
    """What a run may spend: seconds until its one deadline, and retries.

    The deadline is measured both by the handed clock, which counts waits, and by the machine's own, which counts the
    network.
    """

    def __init__(self, clock: Clock, *, seconds: float, retries: int) -> None:
        self._clock = clock
        self._began = clock.now()
        self._began_here = time.monotonic()
        self._seconds = seconds
        self._retries = retries

    def left(self) -> float:
        """Seconds until the deadline; none when it has passed."""
        here = time.monotonic()
        spent = max((self._clock.now() - self._began).total_seconds(), here - self._began_here)
        return max(0.0, min(self._seconds - spent, _end.get() - here))

    def take_retry(self) -> bool:
        """Use up one retry, if there is one."""
        if self._retries <= 0:
            return False
        self._retries -= 1
        return True
