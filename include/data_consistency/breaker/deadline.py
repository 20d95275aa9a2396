"""A real end for calls: in threads of a bounded number, with the time that is left for the called client to see.

Python cannot stop a thread. A call that hangs is given up: its caller goes on at the deadline, and its thread, a
daemon, ends when its client's own time-out does. That is why the client is told the deadline (`remaining_seconds`), and
why the number of threads is bounded: when all hang, further calls are refused instead of piling up.
"""

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TypeVar

from data_consistency.breaker.forks import begin_anew_in_children
from data_consistency.errors import CallTimedOut

_T = TypeVar("_T")
_SHORTENED = 0.05  # of its time; who lost more to the queue had not the time that a service may take
_deadline: ContextVar[float | None] = ContextVar("consistency_deadline", default=None)


def remaining_seconds() -> float | None:
    """What is left of the time of the guarded call we are in, for the client's own time-out; None: no limit."""
    deadline = _deadline.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def set_deadline(seconds: float) -> None:
    """From here on in this context so much is left; never more than before."""
    before = _deadline.get()
    deadline = time.monotonic() + seconds
    _deadline.set(deadline if before is None else min(before, deadline))


class Workers:
    """Threads that make calls, no more than so many at a time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.after_fork()
        begin_anew_in_children(self)

    def after_fork(self) -> None:
        """No thread of the parent is here."""
        self._free = threading.BoundedSemaphore(self._limit)

    def run(self, call: Callable[[], _T], seconds: float) -> _T:
        """Make the call in a thread and wait for it.

        Who waits for a thread longer than half its time is not called any more: the service would be blamed for what
        the queue took. One that is given up after a shorter wait says nothing of the service either.

        Raises:
            CallTimedOut: it did not end in its time.
            Saturated: no thread became free in time.
            Exception: its own.
        """
        began = time.monotonic()
        deadline = began + seconds
        free = self._free
        if not free.acquire(timeout=seconds / 2):
            raise Saturated
        is_short = time.monotonic() - began > seconds * _SHORTENED
        done, answers, errors = threading.Event(), list[_T](), list[BaseException]()

        def work() -> None:
            set_deadline(deadline - time.monotonic())
            try:
                answers.append(call())
            except BaseException as error:  # handed to the caller as it is
                errors.append(error)
            finally:
                free.release()
                done.set()

        thread = threading.Thread(target=copy_context().run, args=(work,), name="guarded-call", daemon=True)
        try:
            thread.start()
        except BaseException:
            free.release()
            raise
        if not done.wait(max(0.0, deadline - time.monotonic())):
            raise CallTimedOut(
                f"no answer within {seconds:g} s; the call was given up", counts_as_failure=None if is_short else True
            )
        if errors:
            raise errors[0]
        return answers[0]


class Saturated(Exception):
    """All threads hang in calls that were given up."""
