"""The control API, the command, and the ways in which the server goes away."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom, RunningClock
from data_consistency.calendar.calcom import CalcomClient, Connection, Limits, Query
from data_consistency.calendar.calcom.errors import Unavailable
from data_consistency.calendar.calcom.pace_store import MemoryPace
from data_consistency.errors import DataConsistencyError, WrongUse
from tests.patience import PATIENCE

Connect = Callable[..., CalcomClient]


def _answers(client: CalcomClient, uid: str) -> bool:
    try:
        return client.get(uid)[0].uid == uid
    except Unavailable:
        return False


def _wait_until(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def http(fake: FakeCalcom) -> Iterator[httpx.Client]:
    """A client of the control API."""
    with httpx.Client(base_url=f"{fake.url}/control", trust_env=False, verify=False, timeout=PATIENCE) as client:
        yield client


def _post(http: httpx.Client, name: str, document: Any) -> Any:
    answer = http.post(f"/{name}", json=document)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def test_bookings_are_added_and_listed(http: httpx.Client, connect: Connect) -> None:
    """With the facts given; `odd` rows are as the real server sent them."""
    plain, odd = _post(
        http,
        "bookings",
        [
            {"start": "2026-11-24T10:00:00Z", "metadata": {"call_id": "c1"}},
            {"odd": "nulls", "overrides": {"title": "x"}},
        ],
    )

    rows = {row["uid"]: row for row in http.get("/bookings").json()}

    assert ("2026-11-24T10:00:00.000Z", {"call_id": "c1"}) == (rows[plain]["start"], rows[plain]["metadata"])
    assert (None, "x") == (rows[odd]["location"], rows[odd]["title"])
    assert 2 == len(connect().walk(Query()).bookings)


def test_the_clock_is_moved_by_hand(http: httpx.Client, fake: FakeCalcom) -> None:
    """And stands still otherwise."""
    assert BEGIN == fake.world.clock.now()

    assert {"now": "2026-11-23T08:01:30.000Z"} == _post(http, "clock", {"seconds": 90}) == http.get("/clock").json()


def test_faults_keys_and_switches(http: httpx.Client, fake: FakeCalcom) -> None:
    """Everything a test can do, a person can."""
    _post(http, "faults", {"kind": "html", "path": "/v2/me", "times": 1})
    _post(http, "keys", {"key": "cal_other", "requests_left": 1})
    _post(http, "switches", {"limit": 7})
    _post(http, "webhooks", {"modes": ["drop"]})
    bearer = {"Authorization": "Bearer cal_other"}

    statuses = [
        httpx.get(f"{fake.url}/v2/me", headers=bearer, trust_env=False, verify=False, timeout=PATIENCE).status_code
        for _ in range(3)
    ]

    assert [502, 200, 401] == statuses
    assert 7 == fake.world.switches.limit
    assert ["/v2/me"] * 3 == [one["path"] for one in http.get("/requests").json()]


def test_what_happens_without_us(http: httpx.Client, fake: FakeCalcom) -> None:
    """At once, or after the next page of a list."""
    first, second, third = (fake.add().uid for _ in range(3))
    assert "cancelled" == _post(http, "act", {"do": "cancel", "uid": first})["status"]
    assert first != _post(http, "act", {"do": "insert"})["uid"]
    asked = _post(http, "act", {"do": "request_move", "uid": second})
    assert ("cancelled", None) == (asked["status"], asked.get("rescheduledToUid"))
    assert third == _post(http, "act", {"do": "move", "uid": third, "hours": 2})["rescheduledFromUid"]
    assert _post(http, "act", {"do": "touch", "uid": third})["updatedAt"]
    _post(http, "between-pages", [{"do": "delete", "uid": first}])

    headers = {"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-05-01"}
    httpx.get(f"{fake.url}/v2/bookings", headers=headers, trust_env=False, verify=False, timeout=PATIENCE)

    assert first not in {row["uid"] for row in http.get("/bookings").json()}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("act", {"do": "dance", "uid": "x"}),
        ("act", {"do": "insert", "booking": {"start": "2026-11-23T10:00:00"}}),
        ("faults", {"kind": "meteor"}),
        ("switches", {"no_such": 1}),
        ("clock", {}),
        ("bookings", [{"odd": "no such"}]),
    ],
)
def test_wrong_orders_are_refused(http: httpx.Client, name: str, document: Any) -> None:
    """With what is wrong."""
    answer = http.post(f"/{name}", json=document)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_an_unknown_action_is_refused(fake: FakeCalcom) -> None:
    """In tests too."""
    row = fake.add()

    with pytest.raises(WrongUse, match="dance"):
        fake.act("dance", uid=row.uid)


def test_the_same_seed_makes_the_same_uids() -> None:
    """So that a rehearsal can be repeated."""
    first, second, other = FakeCalcom(seed=5), FakeCalcom(seed=5), FakeCalcom(seed=6)

    assert first.add().uid == second.add().uid != other.add().uid


def test_connections_are_refused_for_a_while(http: httpx.Client, fake: FakeCalcom, connect: Connect) -> None:
    """And the world is as before."""
    uid = fake.add().uid
    client = connect(limits=Limits(retries=0))
    _post(http, "refuse", {"seconds": 0.3})

    assert _wait_until(lambda: not _answers(client, uid))
    assert _wait_until(lambda: _answers(client, uid))


def test_a_taken_port_is_an_error(fake: FakeCalcom) -> None:
    """Not a second server that nobody reaches."""
    with pytest.raises(WrongUse, match=str(fake.port)):
        FakeCalcom(port=fake.port).start()


def test_starting_takes_its_port_or_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ends before it listens is an error, and stopping what never ran is none."""
    server = FakeCalcom()
    server.stop()
    monkeypatch.setattr(server, "serve", lambda _: None)

    with pytest.raises(DataConsistencyError, match="did not start"):
        server.start()


def test_a_running_clock_runs_and_can_be_moved() -> None:
    """For people, who do not move it by hand."""
    clock = RunningClock()
    first = clock.now()
    clock.advance(60)

    assert 60 <= (clock.now() - first).total_seconds() < 90


@pytest.mark.parametrize("more", [[], ["--running-clock"]])
def test_the_command_serves_until_interrupted(more: list[str]) -> None:
    """It prints what a client needs to know."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "data_consistency", "calcom", "fake", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    facts = dict(part.split("=", 1) for part in line.split()[1:])

    connection = Connection(key=facts["CONSISTENCY_CALCOM_KEY"], base_url=facts["CONSISTENCY_CALCOM_URL"])
    with CalcomClient(connection, pace=MemoryPace()) as client:
        assert client.me().id == 7
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)


@contextmanager
def _proxy(seen: list[tuple[str, str | None]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Proxy-Authorization")))
            answer = httpx.get(
                self.path,
                headers={"Authorization": self.headers["Authorization"]},
                trust_env=False,
                verify=False,
                timeout=PATIENCE,
            )
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *args: object) -> None:
            """Nobody needs to read this."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("login", ["", "user:pw@"])
def test_a_proxy_is_used(fake: FakeCalcom, login: str) -> None:
    """Where the way out leads through one."""
    seen: list[tuple[str, str | None]] = []
    with _proxy(seen) as host:
        connection = Connection(key=KEY, base_url=fake.url, proxy=f"http://{login}{host}")
        with CalcomClient(connection, pace=MemoryPace()) as client:
            assert client.me().id == 7

    assert [(f"{fake.url}/v2/me", bool(login))] == [(path, secret is not None) for path, secret in seen]
