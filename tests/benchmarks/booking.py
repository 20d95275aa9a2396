"""The booking guard: what a look costs beside its bare statement, and what the service costs to start and to keep."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import pymysql
from sqlalchemy import Engine, text
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from consistency_sandbox.demo.booking_service import start, url_of
from data_consistency import runtime as runtimes
from data_consistency.booking.guard import BookingGuard
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.verdict import ValidationResult
from data_consistency.db import sql
from data_consistency.db.transactions import transaction
from data_consistency.ledger import api_keys
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests.benchmarks.meter import goal, interleaved, ratio

_CALLERS = 32
_EVERY = 0.1  # seconds: each caller looks ten times a second
_SECONDS = 6.0
_ROUNDS = 3
_LOOKS = 500
_STARTS = 5
_KEYS = 60
_FIRST, _LAST = 10_000, 100_000
_IMPORTS = "import fastapi, uvicorn, sqlalchemy, pymysql, prometheus_client, typer"


def run(engine: Engine, calls: int) -> tuple[list[dict[str, object]], list[str]]:
    """Goals and lines of the guard in a world of many calls."""
    rt = runtimes.build({"CONSISTENCY_DB_URL": engine.url.render_as_string(hide_password=False)})
    _announce(rt, calls)
    with BookingGuard(rt) as guard:
        guard.connect()
        looks, lines = _looks(rt, guard, calls)
    service, more = _service(rt)
    rt.engine.dispose()
    return looks + service, lines + more


def _announce(rt: Runtime, calls: int) -> None:
    """The last calls have been booked just now."""
    with rt.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE appointments AS a INNER JOIN calls AS c ON c.id = a.call_id"
                " SET a.created_at = UTC_TIMESTAMP(), c.appointment_made = 1, c.session_outcome = 'appointment_booked',"
                " c.appointment_link_status = 'linked' WHERE c.id > :since"
            ),
            {"since": calls - 20_000},
        )


def _looks(rt: Runtime, guard: BookingGuard, calls: int) -> tuple[list[dict[str, object]], list[str]]:
    with rt.engine.connect() as connection:
        booked = [
            int(call)
            for (call,) in connection.execute(
                text("SELECT call_id FROM appointments WHERE call_id > :since AND status <> 'cancelled' LIMIT 500"),
                {"since": calls - 20_000},
            )
        ]
    requests = [BookingRequest(call_id=call) for call in booked]

    def ours(_caller: int, n: int) -> ValidationResult:
        return guard.validate(requests[n % len(requests)])

    good = sum(ours(0, n).success for n in range(len(requests)))
    with _Bare(rt, booked) as bare:
        _at_once(ours, seconds=1.0)
        _at_once(bare, seconds=1.0)
        connections, asked = _status(rt, "Connections"), _status(rt, "Questions")
        for n in range(_LOOKS):
            ours(0, n)
        # Asking for the status is a question, too.
        trips = (_status(rt, "Questions") - asked - 2) / _LOOKS
        seconds: dict[str, list[float]] = {"ours": [], "bare": []}
        ratios = []
        for _ in range(_ROUNDS):
            below, above = _at_once(bare), _at_once(ours)
            seconds["bare"] += below
            seconds["ours"] += above
            ratios.append(median(above) / median(below))
        made = _status(rt, "Connections") - connections
    p99 = {name: quantiles(values, n=100)[98] * 1000 for name, values in seconds.items()}
    middle = {name: median(values) * 1e6 for name, values in seconds.items()}
    lines = [
        f"  {len(requests)} bookings, {good} confirmed; {_CALLERS} callers, one look each {_EVERY * 1000:.0f} ms:"
        f" median {middle['ours']:.0f} us (bare statement {middle['bare']:.0f} us),"
        f" p99 {p99['ours']:.2f} ms (bare {p99['bare']:.2f} ms)"
    ]
    name = f"booking validation, {_CALLERS} callers, {calls:,} calls"
    return [
        goal(f"{name}: round trips of a look", trips, 1.0, "lower"),
        goal(f"{name}: median, times the bare statement", median(ratios), 1.5, "lower"),
        goal(f"{name}: p99 in ms", p99["ours"], 10.0, "lower"),
        goal(f"{name}: connections made on the way", made, 0, "lower"),
    ], lines


class _Bare:
    """The same statement by the driver alone, each caller on a connection of its own."""

    def __init__(self, rt: Runtime, calls: Sequence[int]) -> None:
        params = {"call_id": 1, "company_id": None, "appointment_id": None, "as_of": None}
        compiled = text(sql.query(shipped(), "booking_reading")).compile(dialect=MySQLDialect_pymysql())
        self._statement = str(compiled)
        names: Sequence[str] = compiled.positiontup or ()
        self._params = [tuple(call if name == "call_id" else params[name] for name in names) for call in calls]
        url = rt.engine.url
        self._connections = [
            pymysql.connect(
                user=url.username, database=url.database, unix_socket=dict(url.query).get("unix_socket"),
                charset="utf8mb4", autocommit=True,
            )
            for _ in range(_CALLERS)
        ]  # fmt: skip

    def __enter__(self) -> "_Bare":
        return self

    def __exit__(self, *_error: object) -> None:
        for connection in self._connections:
            connection.close()

    def __call__(self, caller: int, n: int) -> object:
        with self._connections[caller].cursor() as cursor:
            cursor.execute(self._statement, self._params[n % len(self._params)])
            return cursor.fetchone()


def _at_once(look: Callable[[int, int], object], *, seconds: float = _SECONDS) -> list[float]:
    """Seconds of each look, by callers that ask in turns and at their own times."""
    taken: list[list[float]] = [[] for _ in range(_CALLERS)]
    until = time.perf_counter() + seconds

    def call(number: int) -> None:
        due = time.perf_counter() + _EVERY * number / _CALLERS
        n = number * 100
        while due < until:
            time.sleep(max(0.0, due - time.perf_counter()))
            begin = time.perf_counter()
            look(number, n)
            taken[number].append(time.perf_counter() - begin)
            due += _EVERY
            n += 1

    threads = [threading.Thread(target=call, args=(number,)) for number in range(_CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for own in taken for one in own]


def _status(rt: Runtime, name: str) -> int:
    with rt.engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SHOW GLOBAL STATUS LIKE '{name}'").one()[1])


def _service(rt: Runtime) -> tuple[list[dict[str, object]], list[str]]:
    environ = {
        **os.environ,
        "CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False),
        "PYTHONPATH": str(shipped().home / "include"),
    }
    times = interleaved(
        {
            "ready": lambda: _started_and_stopped(environ),
            "imports": lambda: subprocess.run([sys.executable, "-c", _IMPORTS], check=True, env=environ),
        },
        1 + _STARTS,
    )
    ready, imports = times["ready"][1:], times["imports"][1:]  # the first reads files that the others find in memory
    process = start(environ)
    try:
        url = url_of(process)
        keys = _keys(rt)
        _ask_often(url, keys, _FIRST)
        early = resident_kib(process.pid)
        _ask_often(url, keys, _LAST - _FIRST)
        late = resident_kib(process.pid)
    finally:
        process.terminate()
        process.wait()
    lines = [
        f"  service ready after {median(ready):.2f} s, its libraries alone {median(imports):.2f} s;"
        f" {early / 1024:.0f} MiB after {_FIRST:,} requests, {late / 1024:.0f} MiB after {_LAST:,}"
    ]
    return [
        goal("booking service: seconds until it answers", median(ready), 1.0, "lower"),
        goal(
            "booking service: time until it answers, times importing its libraries", ratio(ready, imports), 2.0, "lower"
        ),
        goal(f"booking service: memory after {_LAST:,} requests, times after {_FIRST:,}", late / early, 1.05, "lower"),
    ], lines


def _started_and_stopped(environ: dict[str, str]) -> None:
    process = start(environ)
    try:
        url_of(process)
    finally:
        process.kill()
        process.wait()


def _keys(rt: Runtime) -> list[str]:
    with transaction(rt.engine) as connection:
        return [
            api_keys.create(
                connection, company_id=1 + n % 19, name=f"bench {n}", expires_at=None, actor="bench", now=rt.now()
            )
            for n in range(_KEYS)
        ]


def _ask_often(url: str, keys: Sequence[str], requests: int) -> None:
    def ask(number: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        for n in range(requests // 4):
            key = keys[(n * 4 + number) % len(keys)]
            body = json.dumps({"call_id": 1 + n % 10_000})
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/bookings/validate", body=body, headers=headers)
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def resident_kib(pid: int) -> int:
    """Memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
