"""Failures stored together: each counts once, whoever stores it, and nobody waits for a thread that is gone."""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from data_consistency.breaker.together import Together
from data_consistency.errors import DatabaseUnavailable

_THREADS = 16
_PATIENCE = 10.0


class _Store:
    """Counts what it is given; the first call waits until told to go on."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.given: list[tuple[int, int, str]] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self._error = error

    def __call__(self, generation: int, failures: int, cause: str) -> bool:
        self.given.append((generation, failures, cause))
        if len(self.given) == 1:
            self.began.set()
            assert self.go_on.wait(_PATIENCE)
        elif self._error is not None:
            raise self._error
        return generation != 99


def _come_after(
    store: _Store, together: Together, pool: ThreadPoolExecutor, generations: list[int]
) -> list["Future[bool]"]:
    """Failures that come one after the other while the first is being stored."""
    told = [pool.submit(together.add, 1, "first")]
    assert store.began.wait(_PATIENCE)
    came = 0
    for generation, before in zip(generations, [None, *generations], strict=False):
        told.append(pool.submit(together.add, generation, "later"))
        came = came + 1 if generation == before else 1
        while (group := together._waiting) is None or (group.generation, group.failures) != (generation, came):
            time.sleep(0.001)
    return told


def test_what_comes_meanwhile_is_stored_at_once() -> None:
    """One for the first, one for all others; nothing lost and nothing twice."""
    store = _Store()
    together = Together(store)
    with ThreadPoolExecutor(_THREADS) as pool:
        told = _come_after(store, together, pool, [1] * (_THREADS - 1))
        store.go_on.set()
        answers = [one.result(_PATIENCE) for one in told]

    assert [(1, 1, "first"), (1, _THREADS - 1, "later")] == store.given
    assert [True] * _THREADS == answers
    assert together.add(1, "alone")


def test_calls_from_before_and_after_a_transition_are_not_mixed() -> None:
    """Those that come too late are told so, the others count."""
    store = _Store()
    together = Together(store)
    with ThreadPoolExecutor(_THREADS) as pool:
        told = _come_after(store, together, pool, [99, 99, 2, 2, 2])
        store.go_on.set()
        answers = [one.result(_PATIENCE) for one in told]

    assert [True, False, False, True, True, True] == answers
    assert [(1, 1, "first"), (2, 3, "later"), (99, 2, "later")] == sorted(store.given)


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), KeyboardInterrupt()])
def test_who_waited_for_a_thread_that_failed_is_told(error: BaseException) -> None:
    """The one that went gets its error, the others hear that it could not; the next begins anew."""
    store = _Store(error)
    together = Together(store)
    with ThreadPoolExecutor(_THREADS) as pool:
        told = _come_after(store, together, pool, [1] * 5)
        store.go_on.set()
        errors = [type(one.exception(_PATIENCE)) for one in told]

    assert type(None) is errors[0]
    assert sorted([type(error), *[DatabaseUnavailable] * 4], key=str) == sorted(errors[1:], key=str)
    store._error = None
    assert together.add(1, "again")


def test_a_child_does_not_wait_for_its_parents_threads() -> None:
    """A fork while another thread stores leaves no lock behind."""
    store = _Store()
    together = Together(store)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(together.add, 1, "first")
        assert store.began.wait(_PATIENCE)
        child = os.fork()
        if child == 0:
            os._exit(0 if together.add(1, "child") else 1)
        _, status = os.waitpid(child, 0)
        store.go_on.set()
        assert first.result(_PATIENCE)

    assert 0 == os.waitstatus_to_exitcode(status)
