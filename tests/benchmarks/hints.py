"""Hints: how long from what a provider says, or from the commit of a row, to the finding; what they cost."""

import hashlib
import json
import os
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from statistics import quantiles

import httpx
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.demo.booking_service import start, url_of
from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.world import RunningClock, World
from data_consistency.db import sql
from data_consistency.ledger import hints
from data_consistency.ledger.hints import RETELL, Said
from data_consistency.project import shipped
from tests.benchmarks.booking import resident_kib
from tests.benchmarks.meter import goal
from tests.hinting import RETELL_KEY, SECRET, calcom_body, calcom_headers, retell_body, retell_headers
from tests.worlds import make_quick_engine

_EVENTS = 40
_EVERY = 1.0  # seconds: below the pace at which a key may ask Cal.com
# A message of Retell leaves up to so many seconds before or after the application commits what it is about.
_APART = 2.0
_GIVEN_UP = 60.0
_WARM, _FLOOD = 1_000, 10_000
_COUNTED = 200
_COMPARED = (
    "SELECT 1 FROM data_consistency_alerts AS f JOIN appointments AS a ON f.entity_id = a.id"
    " AND f.entity_type = 'appointment' WHERE f.alert_type = 'coming_appointment_is_in_the_calendar'"
    " AND f.status = 'open' AND a.calcom_v2_booking_id = :ref"
)
_COMING = (
    "SELECT calcom_v2_booking_id AS uid, starts_at, ends_at FROM appointments"
    " WHERE company_id = 1 AND status = 'confirmed' ORDER BY starts_at, id LIMIT :limit"
)
_JUDGED = (
    "SELECT 1 FROM data_consistency_alerts AS f JOIN calls AS c ON f.entity_id = c.id AND f.entity_type = 'call'"
    " WHERE f.alert_type = 'call_outcome_is_known' AND f.status = 'open' AND c.retell_call_id = :ref"
)


def run(engine: Engine, calls: int) -> tuple[list[dict[str, object]], list[str]]:
    """Goals and lines of hints in a world of many calls; no run of a scheduler helps."""
    with FakeCalcom(world=World(clock=RunningClock())) as fake, _service(engine, fake) as (url, pid):
        with httpx.Client(base_url=url, timeout=_GIVEN_UP) as client:
            booked = _warm_up(engine, fake, client)
            events = _measured(lambda number: _of_calendar(engine, fake, client, booked[number]))
            commits = _measured(lambda number: _of_row(engine, client, calls - 10 * number - 4))
        taken = _flood(url, _WARM)
        early = resident_kib(pid)
        taken += _flood(url, _FLOOD - _WARM)
        late = resident_kib(pid)
    statements = _statements(engine)
    lines = [
        f"  {_EVENTS} bookings cancelled in the calendar, each with its message: found after {_told(events)}",
        f"  {_EVENTS} calls committed, each told up to {_APART:g} s before or after: found after {_told(commits)}",
        f"  {_FLOOD:,} hints taken, p50 {_at(taken, 50) * 1000:.1f} ms, p95 {_at(taken, 95) * 1000:.1f} ms;"
        f" {early / 1024:.1f} MiB after {_WARM:,} of them, {late / 1024:.1f} MiB after all:"
        f" {(late - early) * 1000 / (_FLOOD - _WARM):.1f} KiB a thousand",
    ]
    return [
        goal("hints: statements of one that is accepted", statements, 1.0, "lower"),
        goal(f"from the provider's event to the finding, {calls:,} calls: p50 in s", _at(events, 50), 2.5, "lower"),
        goal(f"from the provider's event to the finding, {calls:,} calls: p95 in s", _at(events, 95), 5.0, "lower"),
        goal(f"from the commit of a row to the finding, {calls:,} calls: p50 in s", _at(commits, 50), 2.5, "lower"),
        goal(f"from the commit of a row to the finding, {calls:,} calls: p95 in s", _at(commits, 95), 5.0, "lower"),
        goal(f"booking service: memory after {_FLOOD:,} hints, times after {_WARM:,}", late / early, 1.05, "lower"),
    ], lines


@contextmanager
def _service(engine: Engine, fake: FakeCalcom) -> Iterator[tuple[str, int]]:
    """A service of company 1, whose calendar is the fake one."""
    with tempfile.TemporaryDirectory() as folder:
        companies = Path(folder) / "companies.json"
        entry = {"company": 1, "key_env": "BENCH_KEY", "event_types": [100], "hint_key_env": "BENCH_SECRET"}
        companies.write_text(json.dumps([entry]), encoding="utf-8")
        own = {
            "CONSISTENCY_DB_URL": engine.url.render_as_string(hide_password=False),
            "CONSISTENCY_CALCOM_URL": fake.url,
            "CONSISTENCY_CALCOM_COMPANIES": str(companies),
            "CONSISTENCY_RETELL_HINT_KEY": RETELL_KEY,
            "BENCH_KEY": KEY,
            "BENCH_SECRET": SECRET,
            "PYTHONPATH": str(shipped().home / "include"),
        }
        process = start({**os.environ, **own})
        try:
            yield url_of(process), process.pid
        finally:
            process.terminate()
            process.wait()


def _warm_up(engine: Engine, fake: FakeCalcom, client: httpx.Client) -> list[str]:
    """The first hint waits for rules to be read; returns the bookings that are left."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE consistency_heartbeats SET seen_at = UTC_TIMESTAMP(6) WHERE name = 'calcom'"))
    first, *booked = _booked(engine, fake)
    _of_calendar(engine, fake, client, first)
    return booked


def _measured(once: Callable[[int], float]) -> list[float]:
    """Seconds of each, one begun a while after the other, whatever becomes of the ones before."""
    seconds: list[float] = []
    threads = []
    for number in range(_EVENTS):
        thread = threading.Thread(target=lambda number=number: seconds.append(once(number)))
        thread.start()
        threads.append(thread)
        time.sleep(_EVERY)
    for thread in threads:
        thread.join()
    return seconds


def _booked(engine: Engine, fake: FakeCalcom) -> list[str]:
    """Uids of bookings to come that both sides know."""
    with engine.connect() as connection:
        rows = connection.execute(text(_COMING), {"limit": _EVENTS + 1}).all()
    for row in rows:
        fake.add(uid=row.uid, start=row.starts_at.replace(tzinfo=UTC), end=row.ends_at.replace(tzinfo=UTC))
    return [str(row.uid) for row in rows]


def _of_calendar(engine: Engine, fake: FakeCalcom, client: httpx.Client, uid: str) -> float:
    """From the cancellation of a booking in the calendar to the finding about its appointment."""
    fake.act("cancel", uid=uid)
    begin = time.monotonic()
    body = calcom_body(uid, "BOOKING_CANCELLED")
    client.post("/hints/calcom/1", content=body, headers=calcom_headers(body)).raise_for_status()
    return _seconds_until(engine, _COMPARED, uid, begin)


def _of_row(engine: Engine, client: httpx.Client, call: int) -> float:
    """From the commit of a wrong call to its finding, with a message that knows nothing of the commit."""
    with engine.connect() as connection:
        name = str(
            connection.execute(text("SELECT retell_call_id FROM calls WHERE id = :id"), {"id": call}).scalar_one()
        )
    apart = random.Random(call).uniform(-_APART, _APART)  # no secret

    def say() -> None:
        time.sleep(max(0.0, apart))
        body = retell_body(name, "call_analyzed", nonce=secrets.token_hex(4))
        client.post("/hints/retell", content=body, headers=retell_headers(body)).raise_for_status()

    speaker = threading.Thread(target=say)
    speaker.start()
    time.sleep(max(0.0, -apart))
    with engine.begin() as connection:
        connection.execute(text("UPDATE calls SET session_outcome = 'no_such' WHERE id = :id"), {"id": call})
    found = _seconds_until(engine, _JUDGED, name, time.monotonic())
    speaker.join()
    return found


def _seconds_until(engine: Engine, statement: str, ref: str, begin: float) -> float:
    while time.monotonic() - begin < _GIVEN_UP:
        with engine.connect() as connection:
            if connection.execute(text(statement), {"ref": ref}).scalar_one_or_none() is not None:
                break
        time.sleep(0.02)
    return time.monotonic() - begin


def _flood(url: str, count: int) -> list[float]:
    """Seconds of each of many messages about calls that nobody has."""
    taken: list[float] = []

    def send(caller: int) -> None:
        with httpx.Client(base_url=url, timeout=_GIVEN_UP) as client:
            for number in range(count // 4):
                body = retell_body(f"call_none_{hashlib.sha256(f'{count}{caller}{number}'.encode()).hexdigest()}")
                begin = time.perf_counter()
                client.post("/hints/retell", content=body, headers=retell_headers(body)).raise_for_status()
                taken.append(time.perf_counter() - begin)

    callers = [threading.Thread(target=send, args=(caller,)) for caller in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return taken


def _statements(engine: Engine) -> float:
    """What the server is asked for each, as the service notes them; no service runs by now."""
    quick = make_quick_engine(engine.url)
    digests = [hashlib.sha256(f"counted {number}".encode()).hexdigest() for number in range(_COUNTED)]
    with quick.connect() as connection:
        sql.walls_of(connection)
        said_at = connection.exec_driver_sql("SELECT UTC_TIMESTAMP(6)").scalar_one()
        said = [
            Said(
                provider=RETELL, company_id=None, kind="call_analyzed", ref=digest[:20], said_at=said_at, digest=digest
            )
            for digest in digests
        ]
        before = _questions(connection)
        noted = sum(hints.put(connection, one) for one in said)
        asked = _questions(connection) - before - 1  # asking is a question, too
    quick.dispose()
    assert noted == _COUNTED
    return asked / _COUNTED


def _questions(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Questions'").one()[1])


def _at(seconds: list[float], percent: int) -> float:
    return quantiles(seconds, n=100)[percent - 1]


def _told(seconds: list[float]) -> str:
    return f"p50 {_at(seconds, 50):.2f} s, p95 {_at(seconds, 95):.2f} s"
