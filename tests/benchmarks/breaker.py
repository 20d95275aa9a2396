"""The circuit breaker: what a permit costs, and what a storm of failures costs beside a lock around read and write."""

import threading
import time
from collections.abc import Callable
from statistics import median

from sqlalchemy import Engine, text

from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.policy import BreakerSettings, Permit, Rejected
from data_consistency.breaker.store import BreakerStore, register
from data_consistency.breaker.together import Together
from data_consistency.project import shipped
from tests.benchmarks.meter import goal
from tests.worlds import make_quick_engine

_BATCH, _BATCHES = 10_000, 21
_THREADS, _SECONDS, _ROUNDS = 32, 3.0, 3
_KEPT = BreakerSettings(refresh_seconds=3600)
_NEVER = BreakerSettings(failure_threshold=10**6, refresh_seconds=3600)


_FORMS = {"ours": "by one UPDATE for all that wait", "alone": "by an UPDATE each", "locked": "by a lock"}


def run(engine: Engine) -> tuple[list[dict[str, object]], list[str]]:
    """Goals of the breaker."""
    with Breakers(engine.url, shipped(), interval_seconds=3600) as breakers:
        closed, opened = breakers.of("bench", 1, _KEPT), breakers.of("bench", 2, _KEPT)
        closed.permit()
        for _ in range(3):
            permit = opened.permit()
            assert isinstance(permit, Permit)
            opened.failure(permit)
        assert isinstance(opened.permit(), Rejected)
        permit_us, reject_us = _microseconds(closed.permit), _microseconds(opened.permit)
        before = _questions(engine)
        for _ in range(_BATCH):
            permit = closed.permit()
            assert isinstance(permit, Permit)
            closed.success(permit)
        healthy = (_questions(engine) - before - 2) / _BATCH
    ratios, lines = _storm(engine)
    return [
        goal("breaker: permit from what is known, median in us", permit_us, 1.0, "lower"),
        goal("breaker: rejection from what is known, median in us", reject_us, 1.0, "lower"),
        goal("breaker: statements of a healthy call", max(0.0, healthy), 0.01, "lower"),
        goal(
            f"breaker: failures stored by {_THREADS} threads, times those of SELECT FOR UPDATE", ratios, 4.0, "higher"
        ),
    ], lines


def _microseconds(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(_BATCHES):
        begin = time.perf_counter()
        for _ in range(_BATCH):
            call()
        taken.append((time.perf_counter() - begin) / _BATCH * 1e6)
    return median(taken)


def _questions(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SHOW GLOBAL STATUS LIKE 'Questions'").one()[1])


def _storm(engine: Engine) -> tuple[float, list[str]]:
    """Failures of one service from all threads at once, ours and as a lock around read and write, in turns."""
    quick = make_quick_engine(engine.url, patience_seconds=30, pool_size=_THREADS)
    with quick.connect() as connection:
        register(connection, "bench:storm")
    store = BreakerStore(quick, "bench:storm", _NEVER)
    together = Together(store.fail)
    rates: dict[str, list[float]] = {"ours": [], "alone": [], "locked": []}
    for _ in range(_ROUNDS):
        rates["locked"].append(_rate(lambda: _locked(quick)))
        rates["alone"].append(_rate(lambda: store.fail(0, 1, "bench")))
        rates["ours"].append(_rate(lambda: together.add(0, "bench")))
    quick.dispose()
    told = [f"{median(rates[name]):.0f} {how}" for name, how in _FORMS.items()]
    line = f"  failures a second: {', '.join(told)}"
    return median(a / b for a, b in zip(rates["ours"], rates["locked"], strict=True)), [line]


def _locked(engine: Engine) -> None:
    """The same by the book: lock the row, read it, decide here, write it back."""
    with engine.connect() as connection:
        connection.exec_driver_sql("START TRANSACTION")
        row = connection.execute(
            text(
                "SELECT current_state, mode, generation, failure_count FROM circuit_breaker_states"
                " WHERE service_key = 'bench:storm' FOR UPDATE"
            )
        ).one()
        if row.current_state == "closed" and row.mode == "automatic":
            connection.execute(
                text(
                    "UPDATE circuit_breaker_states SET failure_count = :count, last_failure_at = UTC_TIMESTAMP(6),"
                    " updated_at = UTC_TIMESTAMP(6) WHERE service_key = 'bench:storm'"
                ),
                {"count": row.failure_count + 1},
            )
        connection.exec_driver_sql("COMMIT")


def _rate(call: Callable[[], object]) -> float:
    done = [0] * _THREADS
    until = time.perf_counter() + _SECONDS

    def work(number: int) -> None:
        while time.perf_counter() < until:
            call()
            done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(_THREADS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - begin)
