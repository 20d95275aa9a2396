"""The booking guard: what a look costs beside its bare statement, and what the service costs to start and to keep."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import pymysql
from sqlalchemy import Engine, bindparam, text
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql

from consistency_sandbox.demo.booking_service import start, url_of
from data_consistency import runtime as runtimes
from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Question
from data_consistency.booking.verdict import Calendar, ValidationResult
from data_consistency.db import sql
from data_consistency.db.transactions import transaction
from data_consistency.ledger import api_keys
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests.benchmarks.meter import goal, interleaved, ratio
from tests.patience import until

_CALLERS = 32
_EVERY = 0.1  # seconds: each caller looks ten times a second
_SECONDS = 6.0
_ROUNDS = 3
_LOOKS = 500
_STARTS = 5
_KEYS = 60
_WARM, _MIDDLE, _LAST = 1_000, 10_000, 100_000
_HELD_UP = 8  # callers of companies whose calendar says nothing
_IMPORTS = "import fastapi, uvicorn, sqlalchemy, pymysql, prometheus_client, typer"


def run(engine: Engine, calls: int) -> tuple[list[dict[str, object]], list[str]]:
    """Goals and lines of the guard in a world of many calls."""
    # A guard that may not act asks no calendar.
    url = engine.url.render_as_string(hide_password=False)
    rt = runtimes.build({"CONSISTENCY_DB_URL": url, "CONSISTENCY_DRY_RUN": "false"})
    _announce(rt, calls)
    silent = _SilentCalendar()
    with BookingGuard(rt, mode=Mode.ENFORCE, ask_calendar=silent.ask) as guard:
        guard.connect()
        looks, lines = _looks(rt, guard, silent, calls)
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


class _SilentCalendar:
    """A calendar that is asked and says nothing until the end."""

    def __init__(self) -> None:
        self.asked = 0
        self._end = threading.Event()

    def ask(self, _question: Question) -> Calendar | None:
        self.asked += 1
        self._end.wait()
        return None

    @contextmanager
    def holding(self, guard: BookingGuard, calls: Sequence[int]) -> Iterator[None]:
        """Meanwhile a caller for each of these calls waits for it."""

        def settle(call: int) -> None:
            request = BookingRequest(call_id=call)
            guard.settle(request, guard.validate(request))

        callers = [threading.Thread(target=settle, args=(call,)) for call in calls]
        for caller in callers:
            caller.start()
        try:
            until(lambda: self.asked >= len(calls))
            yield
        finally:
            self._end.set()
            for caller in callers:
                caller.join()


def _phantoms(rt: Runtime, calls: int) -> list[int]:
    """Calls that claim a booking nobody made."""
    with rt.engine.begin() as connection:
        found = connection.execute(
            text(
                "SELECT c.id FROM calls AS c LEFT JOIN appointments AS a ON a.call_id = c.id"
                " WHERE a.id IS NULL AND c.id > :since ORDER BY c.id LIMIT :count"
            ),
            {"since": calls - 20_000, "count": _HELD_UP},
        ).scalars()
        phantoms = [int(call) for call in found]
        connection.execute(
            text(
                "UPDATE calls SET appointment_made = 1, session_outcome = 'appointment_booked',"
                " appointment_link_status = 'linked' WHERE id IN :calls"
            ).bindparams(bindparam("calls", expanding=True)),
            {"calls": phantoms},
        )
    return phantoms


def _looks(
    rt: Runtime, guard: BookingGuard, silent: _SilentCalendar, calls: int
) -> tuple[list[dict[str, object]], list[str]]:
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
        seconds["beside a silent calendar"] = []
        beside = []
        with silent.holding(guard, _phantoms(rt, calls)):
            for _ in range(_ROUNDS):
                below, above = _at_once(bare), _at_once(ours)
                seconds["beside a silent calendar"] += above
                beside.append(median(above) / median(below))
    p99 = {name: quantiles(values, n=100)[98] * 1000 for name, values in seconds.items()}
    middle = {name: median(values) * 1e6 for name, values in seconds.items()}
    lines = [
        f"  {len(requests)} bookings, {good} confirmed; {_CALLERS} callers, one look each {_EVERY * 1000:.0f} ms:"
        f" median {middle['ours']:.0f} us (bare statement {middle['bare']:.0f} us),"
        f" p99 {p99['ours']:.2f} ms (bare {p99['bare']:.2f} ms)",
        f"  while {silent.asked} callers of other companies wait for a calendar that says nothing: median"
        f" {middle['beside a silent calendar']:.0f} us, p99 {p99['beside a silent calendar']:.2f} ms",
    ]
    name = f"booking validation, {_CALLERS} callers, {calls:,} calls"
    return [
        goal(f"{name}: round trips of a look", trips, 1.0, "lower"),
        goal(f"{name}: median, times the bare statement", median(ratios), 1.5, "lower"),
        goal(f"{name}: p99 in ms", p99["ours"], 10.0, "lower"),
        goal(f"{name}: connections made on the way", made, 0, "lower"),
        goal(f"{name}, others' calendar silent: callers held up by it", silent.asked, _HELD_UP, "higher"),
        goal(f"{name}, others' calendar silent: median, times the bare statement", median(beside), 1.5, "lower"),
        goal(f"{name}, others' calendar silent: p99 in ms", p99["beside a silent calendar"], 10.0, "lower"),
    ], lines


class _Bare:
    """The same statement by the driver alone, each caller on a connection of its own."""

    def __init__(self, rt: Runtime, calls: Sequence[int]) -> None:
        compiled = text(sql.query(shipped(), "booking_reading")).compile(dialect=MySQLDialect_pymysql())
        self._statement = str(compiled)
        names: Sequence[str] = compiled.positiontup or ()
        # As for a look that says nothing but the call.
        self._params = [tuple(call if name == "call_id" else None for name in names) for call in calls]
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
        _ask_often(url, keys, _WARM)
        early = resident_kib(process.pid)
        _ask_often(url, keys, _MIDDLE - _WARM)
        middle = resident_kib(process.pid)
        _ask_often(url, keys, _LAST - _MIDDLE)
        late = resident_kib(process.pid)
    finally:
        process.terminate()
        process.wait()
    lines = [
        f"  service ready after {median(ready):.2f} s, its libraries alone {median(imports):.2f} s;"
        f" {early / 1024:.1f} MiB after {_WARM:,} requests, {middle / 1024:.1f} MiB after {_MIDDLE:,},"
        f" {late / 1024:.1f} MiB after {_LAST:,}: {(late - middle) * 1000 / (_LAST - _MIDDLE):.1f} KiB a thousand since"
    ]
    return [
        goal("booking service: seconds until it answers", median(ready), 1.0, "lower"),
        goal(
            "booking service: time until it answers, times importing its libraries", ratio(ready, imports), 2.0, "lower"
        ),
        goal(f"booking service: memory after {_LAST:,} requests, times after {_WARM:,}", late / early, 1.05, "lower"),
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
