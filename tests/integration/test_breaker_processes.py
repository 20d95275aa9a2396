"""One breaker in many processes: exactly the allowed probes, one event a transition, and nobody's death holds it up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_consistency.breaker.policy import BreakerSettings, Outcome, Permit, Use
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import worlds
from tests.breakers import (
    AT_ONCE_SECONDS,
    FAST,
    LEASED,
    PATIENT,
    answer,
    breakers_of,
    cool_down,
    end_lease,
    events,
    row,
    try_call,
)

_WORKER = """
import pathlib, sys, time
from data_consistency.breaker.policy import BreakerSettings, Permit
from data_consistency.breaker.breakers import Breakers
from data_consistency.project import shipped
from tests.breakers import PATIENCE_SECONDS
url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
# No result is ever late and none is given up, however slow the machine: each round has exactly the probes that were
# allowed.
settings = BreakerSettings(cool_down_seconds=0.5, cool_down_cap_seconds=0.5, timeout_seconds=60, lease_seconds=120,
                           refresh_seconds=0.02)
probes = calls = 0
with Breakers(url, shipped(), interval_seconds=60, patience_seconds=PATIENCE_SECONDS) as breakers:
    breaker = breakers.of("calcom", 1, settings)
    while not (folder / "stop").exists():
        permit = breaker.permit()
        if isinstance(permit, Permit):
            calls += 1
            probes += permit.probe
            (breaker.success if (folder / "healthy").exists() else breaker.failure)(permit)
        time.sleep(0.01)
print(probes, calls)
"""


def _start(rt: Runtime, script: str, *arguments: object) -> "subprocess.Popen[str]":
    url = rt.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", script, url, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{shipped().home / 'include'}:{shipped().home}"},
    )


def _until(rt: Runtime, seen: Callable[[list[str]], bool]) -> None:
    end = time.monotonic() + 240
    while not seen([new for _, new in events(rt)]):
        assert time.monotonic() < end, events(rt)
        time.sleep(0.05)


@pytest.mark.timeout(600)
def test_32_processes_make_exactly_the_allowed_probes_and_recover(rt: Runtime, tmp_path: Path) -> None:
    """While the service fails, each cool-down ends in one probe; every transition has one event, in one chain."""
    workers = [_start(rt, _WORKER, tmp_path) for _ in range(32)]
    try:
        _until(rt, lambda states: states.count("half_open") >= 3)
        (tmp_path / "healthy").touch()
        _until(rt, lambda states: states[-1] == "closed")
    finally:
        (tmp_path / "stop").touch()
        told = [worker.communicate(timeout=120)[0].split() for worker in workers]

    probes = sum(int(own) for own, _ in told)
    chain = events(rt)
    started = sum(new == "half_open" for _, new in chain)
    assert ("closed", "open") == chain[0]
    assert all(one[1] == other[0] for one, other in pairwise(chain))
    assert "closed" == row(rt)["current_state"]
    # Each half-open round is one probe that failed, but for the last, which needed two that succeeded.
    assert started + 1 == probes
    assert started >= 3
    generations = worlds.execute(rt.engine, "SELECT generation FROM circuit_breaker_events ORDER BY id")
    assert len(generations) == len(set(generations))


def test_a_prober_that_is_killed_holds_nobody_up(rt: Runtime) -> None:
    """Its lease runs out."""
    script = """
import sys, time
from data_consistency.breaker.breakers import Breakers
from data_consistency.project import shipped
from tests.breakers import LEASED, PATIENCE_SECONDS, probe_of
with Breakers(sys.argv[1], shipped(), patience_seconds=PATIENCE_SECONDS) as breakers:
    probe_of(breakers.of("calcom", 1, LEASED).permit())
    print("probing", flush=True)
    time.sleep(60)
"""
    with breakers_of(rt) as breakers:
        breaker = breakers.of("calcom", 1, LEASED)
        for _ in range(3):
            try_call(breaker)
        cool_down(rt, 61)
        process = subprocess.Popen(
            [sys.executable, "-c", script, rt.engine.url.render_as_string(hide_password=False)],
            stdout=subprocess.PIPE, text=True, cwd=shipped().home,
            env={**os.environ, "PYTHONPATH": f"{shipped().home / 'include'}:{shipped().home}"},
        )  # fmt: skip
        assert process.stdout is not None
        assert "probing" == process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
        process.communicate()

        held = try_call(breaker, answer)
        end_lease(rt)
        answers = [try_call(breaker, answer) for _ in range(2)]

    assert "CircuitOpen" == held
    assert ["answer", "answer"] == answers
    assert "closed" == row(rt)["current_state"]


def test_threads_of_one_process_probe_once(rt: Runtime) -> None:
    """However many ask at the moment when the cool-down ends."""
    with breakers_of(rt) as breakers:
        breaker = breakers.of("calcom", 1, FAST)
        for _ in range(3):
            try_call(breaker)
        cool_down(rt)
        with ThreadPoolExecutor(32) as pool:
            granted = [one for one in pool.map(lambda _: breaker.permit(), range(64)) if isinstance(one, Permit)]

    assert 1 == len(granted)


def test_several_probes_where_that_is_wanted(rt: Runtime) -> None:
    """Exactly so many at a time."""
    wanted = BreakerSettings(refresh_seconds=AT_ONCE_SECONDS, probes=3, successes_to_close=3)
    with breakers_of(rt) as breakers, breakers_of(rt) as others:
        one, other = breakers.of("calcom", 1, wanted), others.of("calcom", 1, wanted)
        for _ in range(3):
            try_call(one)
        cool_down(rt)
        granted = [permit for n in range(8) if isinstance(permit := (one, other)[n % 2].permit(), Permit)]
        for permit in granted:
            one.success(permit)

    assert 3 == len(granted)
    assert "closed" == row(rt)["current_state"]


def test_a_forked_child_begins_anew(rt: Runtime) -> None:
    """With connections, locks and calls of its own."""
    with breakers_of(rt) as breakers:
        breaker = breakers.of("calcom", 1, PATIENT)
        try_call(breaker)
        child = os.fork()
        if child == 0:
            try_call(breaker)
            breakers.close()
            os._exit(0 if "Broken" == try_call(breaker) else 1)
        _, status = os.waitpid(child, 0)
        again = try_call(breaker, answer)

    assert 0 == os.waitstatus_to_exitcode(status)
    assert "CircuitOpen" == again


_STEPS = st.lists(
    st.tuples(st.sampled_from([Use.READ, Use.WRITE]), st.sampled_from(["ok", "fail", "neither", "wait"])), max_size=25
)


class _Model:
    """One circuit as it should be: reads have one, writes another."""

    def __init__(self) -> None:
        self.state, self.failures, self.successes = "closed", 0, 0

    def settle(self, said: str) -> None:
        """An outcome; what says nothing changes nothing."""
        if said == "neither":
            self.state = "half_open" if self.state == "ripe" else self.state
        elif self.state == "closed":
            self.failures = 0 if said == "ok" else self.failures + 1
            self.state = "open" if self.failures == 3 else self.state
        elif said == "fail":
            self.state, self.successes = "open", 0
        else:
            self.successes += 1
            self.state = "half_open"
            if self.successes == 2:
                self.state, self.failures, self.successes = "closed", 0, 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
def test_the_store_agrees_with_a_simple_model(rt: Runtime, steps: list[tuple[Use, str]]) -> None:
    """Whatever happens in whatever order, to reads and to writes, our own limits and queues among it."""
    worlds.execute(rt.engine, "DELETE FROM circuit_breaker_states")
    models = {Use.READ: _Model(), Use.WRITE: _Model()}
    said = {"ok": Outcome.SUCCESS, "fail": Outcome.FAILURE, "neither": Outcome.NEITHER}
    with breakers_of(rt, interval_seconds=60) as breakers:
        breaker = breakers.of("calcom", 1, BreakerSettings(refresh_seconds=AT_ONCE_SECONDS))
        for use, step in steps:
            model = models[use]
            if step == "wait":
                worlds.execute(
                    rt.engine, "UPDATE circuit_breaker_states SET opened_at = opened_at - INTERVAL 31 SECOND"
                )
                for one in models.values():
                    one.state = "ripe" if one.state == "open" else one.state
                continue
            permit = breaker.permit(use)
            assert isinstance(permit, Permit) == (model.state != "open"), (steps, model.state)
            if isinstance(permit, Permit):
                breaker.settle(permit, said[step])
                model.settle(step)
    known = dict(worlds.execute(rt.engine, "SELECT service_key, current_state FROM circuit_breaker_states"))
    for use, key in ((Use.READ, "calcom:company:1"), (Use.WRITE, "calcom:company:1:writes")):
        assert known.get(key, "closed") == {"ripe": "open"}.get(models[use].state, models[use].state)
