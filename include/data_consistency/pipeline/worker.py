"""What works beside the booking service: hints as they come, and announcements when they are due to be looked at.

Every step leases what it works on, so that several services, and the scheduler's run, never do one thing twice. Where
no service runs, or all are killed, the runs of the scheduler find the same, later.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from data_consistency.booking.guard import BookingGuard
from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar.reconciliation import connected
from data_consistency.db.engine import make_engine
from data_consistency.errors import DataConsistencyError
from data_consistency.ledger import hints
from data_consistency.logs import logger_of
from data_consistency.pipeline.hinted import HintWorker
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# Companies whose hints are worked on at once: one slow calendar holds one of them.
_AT_ONCE = 3
_EVERY_SECONDS = 0.5
_RECHECKS_EVERY_SECONDS = 1.0
_FORGET_EVERY_SECONDS = 60.0
# After an error; one that lasts is met ever more seldom.
_PAUSE_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """How a worker is told to go on and to stop."""

    stop: threading.Event = field(default_factory=threading.Event)
    news: threading.Event = field(default_factory=threading.Event)  # a hint has come in


def work(rt: Runtime, guard: BookingGuard, breakers: Breakers, signals: Signals) -> None:
    """Work until told to stop.

    Args:
        rt: the service's; its engine is left to the callers' requests.
        guard: of the service; it acts as far as it may.
        breakers: of the process.
        signals: to go on and to stop.
    """
    engine = make_engine(rt.engine.url, rt.project, zone=rt.source.timezone, pool_size=2 * _AT_ONCE)
    own = replace(rt, engine=engine)
    steps: list[tuple[str, Callable[[], float]]] = [
        ("rechecks", lambda: _rechecks(guard)),
        ("forget", lambda: _forget(own)),
        *((f"hints-{number}", _hinting(own, guard, breakers, signals)) for number in range(_AT_ONCE)),
    ]
    threads = [
        threading.Thread(target=_repeat, args=(step, signals), name=f"worker-{name}", daemon=True)
        for name, step in steps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()


def _repeat(step: Callable[[], float], signals: Signals) -> None:
    """Do a step again and again; it says after how many seconds."""
    pause = _PAUSE_SECONDS
    while not signals.stop.is_set():
        try:
            seconds = step()
            pause = _PAUSE_SECONDS
        except Exception as error:  # a thread that ends would be noticed by nobody
            if not isinstance(error, DataConsistencyError):
                logger.exception("a step beside the booking service failed")
            logger.warning("a step beside the booking service is repeated cause=%s", type(error).__name__)
            seconds, pause = pause, min(2 * pause, _LONGEST_PAUSE_SECONDS)
        if seconds:
            signals.stop.wait(seconds)


def _hinting(rt: Runtime, guard: BookingGuard, breakers: Breakers, signals: Signals) -> Callable[[], float]:
    worker: HintWorker | None = None

    def step() -> float:
        nonlocal worker
        if worker is None:
            worker = HintWorker(rt, guard, breakers, connected(rt))
        signals.news.wait(_EVERY_SECONDS)
        signals.news.clear()
        while not signals.stop.is_set() and worker.work():
            pass
        return 0.0

    return step


def _rechecks(guard: BookingGuard) -> float:
    counts = guard.recheck_due()
    if counts.keys() - {"waiting"}:
        logger.info("bookings looked at again: %s", counts)
    return _RECHECKS_EVERY_SECONDS


def _forget(rt: Runtime) -> float:
    rt.repeated(hints.forget)
    return _FORGET_EVERY_SECONDS
