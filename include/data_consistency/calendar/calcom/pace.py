"""How fast we may ask: so many requests a minute and a day for one key, and pauses that all its workers keep.

Companies that have one key between them have equal shares of it, so that none waits for what another has asked.
"""

from collections.abc import Mapping
from datetime import datetime

from data_consistency.calendar.calcom.answers import LONGEST_WAIT, remaining, reset_in
from data_consistency.calendar.calcom.clock import Allowance, Clock
from data_consistency.calendar.calcom.connection import WHOLE, Share
from data_consistency.calendar.calcom.errors import BudgetSpent, RateLimited
from data_consistency.calendar.calcom.pace_store import PaceState, PaceStore

_MINUTE = 60.0
_NEARLY_NONE = 5  # requests left at which we wait for the limit to start anew


class Pace:
    """Lets one request pass at a time, when it may."""

    def __init__(self, store: PaceStore, clock: Clock, *, per_minute: int, per_day: int, share: Share = WHOLE) -> None:
        self._store = store
        self._clock = clock
        self._share = share.name
        self._per_minute = share.part(per_minute)
        self._per_day = share.part(per_day)

    def enter(self, operation: str, allowance: Allowance) -> None:
        """Wait until a request may be sent, and count it.

        Raises:
            RateLimited: the wait would pass the deadline.
            BudgetSpent: the requests of this day are used up.
        """
        while True:
            now = self._clock.now()
            with self._store.locked() as state:
                wait = _wait(state, now.timestamp(), self._share, self._per_minute)
                if wait <= 0:
                    self._count(state, now, operation)
                    return
            if wait >= allowance.left():
                raise RateLimited(operation, retry_after=wait)
            self._clock.sleep(wait)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Wait for the limit to start anew before its last requests are used."""
        left = remaining(headers)
        now = self._clock.now()
        reset = reset_in(headers, now)
        if left is not None and left <= _NEARLY_NONE and reset:
            self.pause(reset)

    def pause(self, seconds: float) -> None:
        """Nobody sends anything with this key for so long."""
        until = self._clock.now().timestamp() + min(seconds, LONGEST_WAIT)
        with self._store.locked() as state:
            state.paused_until = max(state.paused_until, until)

    def _count(self, state: PaceState, now: datetime, operation: str) -> None:
        today = now.date().isoformat()
        if today != state.day:
            state.day, state.sent_today = today, {}
        sent = state.sent_today.get(self._share, 0)
        if sent >= self._per_day:
            raise BudgetSpent(operation, f"the {self._per_day} requests of today are used up; tomorrow, or raise it")
        state.sent_today[self._share] = sent + 1
        state.sent.setdefault(self._share, []).append(now.timestamp())


def _wait(state: PaceState, now: float, share: str, per_minute: int) -> float:
    # A clock that was set back must not stop us for hours.
    sent = state.sent[share] = [at for at in state.sent.get(share, ()) if now - _MINUTE < at <= now]
    pause = state.paused_until - now
    slot = sent[-per_minute] + _MINUTE - now if len(sent) >= per_minute else 0.0
    return max(pause if pause <= LONGEST_WAIT else 0.0, slot, 0.0)
