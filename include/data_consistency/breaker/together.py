"""Failures that come at once, stored at once: one statement for all that waited while the last one was under way.

A service that goes away fails all its callers together. Each on its own would wait for the same row's lock and for a
disk write of its own; so one thread stores for all that came meanwhile, as a database commits in groups.
"""

import threading
from collections.abc import Callable

from data_consistency.breaker.forks import begin_anew_in_children
from data_consistency.errors import DatabaseUnavailable


class _Group:
    """Failures of one generation, on their way together."""

    __slots__ = ("cause", "done", "failures", "generation", "of_use")

    def __init__(self, generation: int, cause: str) -> None:
        self.generation = generation
        self.cause = cause
        self.failures = 1
        self.of_use: bool | None = None
        self.done = threading.Event()


class Together:
    """Stores failures by one thread at a time; the others wait for it.

    Args:
        store: takes generation, number of failures and the last one's cause; returns whether they were of use.
    """

    def __init__(self, store: Callable[[int, int, str], bool]) -> None:
        self._store = store
        self.after_fork()
        begin_anew_in_children(self)

    def after_fork(self) -> None:
        """Wait for nobody who is not here."""
        self._waiting: _Group | None = None
        self._joining = threading.Lock()
        self._storing = threading.Lock()

    def add(self, generation: int, cause: str) -> bool:
        """Store one failure; returns whether it was of use.

        Raises:
            DatabaseUnavailable: it could not be stored, by this thread or by the one that went for it.
        """
        with self._joining:
            group = self._waiting
            joined = group is not None and group.generation == generation
            if group is None or not joined:
                group = self._waiting = _Group(generation, cause)
            else:
                group.failures += 1
                group.cause = cause
        if not joined:
            return self._lead(group)
        group.done.wait()
        if group.of_use is None:
            raise DatabaseUnavailable("circuit breaker: the thread that went to store this failure could not")
        return group.of_use

    def _lead(self, group: _Group) -> bool:
        try:
            with self._storing:
                self._set_off(group)
                group.of_use = self._store(group.generation, group.failures, group.cause)
        finally:
            # Also where this thread was stopped while it waited: nobody may join what nobody leads.
            self._set_off(group)
            group.done.set()
        return group.of_use

    def _set_off(self, group: _Group) -> None:
        with self._joining:
            if self._waiting is group:
                self._waiting = None
