"""The clock of the client, and what one run may still spend of time and retries."""

import time
from datetime import UTC, datetime
from typing import Protocol


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
        spent = max((self._clock.now() - self._began).total_seconds(), time.monotonic() - self._began_here)
        return max(0.0, self._seconds - spent)

    def take_retry(self) -> bool:
        """Use up one retry, if there is one."""
        if self._retries <= 0:
            return False
        self._retries -= 1
        return True
