"""How long the client waits, how often it asks again, and when it gives up."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

import pytest

from consistency_sandbox import fake_calcom
from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.calendar.calcom import CalcomClient, Connection, Limits, Query
from data_consistency.calendar.calcom.clock import ends_within
from data_consistency.calendar.calcom.errors import CalcomError, Kind, RateLimited, Unavailable
from data_consistency.calendar.calcom.pace_store import MemoryPace

Connect = Callable[..., CalcomClient]
T = TypeVar("T")
_HASTY = Limits(connect=1, read=0.2, request=0.4)


@pytest.mark.parametrize("kind", ["html", "empty", "truncated", "says_error", "reset", "stall", "drip", "silence"])
def test_a_read_is_repeated_until_it_succeeds(fake: FakeCalcom, connect: Connect, kind: str) -> None:
    """Three failures are survived, with growing waits; the fourth is the caller's."""
    row = fake.add()
    client = connect(limits=_HASTY)
    fake.fail(fake_calcom.Kind(kind), times=3)

    assert row.uid == client.get(row.uid)[0].uid
    assert 3 == len(fake.world.clock.slept)
    assert all(0.25 <= wait < 5 for wait in fake.world.clock.slept)

    fake.fail(fake_calcom.Kind(kind), times=4)
    with pytest.raises(Unavailable) as raised:
        client.get(row.uid)
    assert raised.value.counts_as_failure


def test_a_refused_connection_was_not_sent(fake: FakeCalcom, connect: Connect) -> None:
    """The server has seen nothing of it."""
    client = connect(limits=Limits(retries=0))

    with fake.down(), pytest.raises(Unavailable) as raised:
        client.me()

    assert not raised.value.was_sent
    assert client.me().id == 7


def test_a_method_that_the_server_never_learns_is_not_repeated(fake: FakeCalcom, connect: Connect) -> None:
    """501 will be 501 a moment later."""
    fake.fail(fake_calcom.Kind.BODY_B, status=501, times=9)

    with pytest.raises(Unavailable):
        connect().me()

    assert 1 == len(fake.world.log)


def test_one_deadline_covers_retries_and_waits(fake: FakeCalcom, connect: Connect) -> None:
    """Beyond it nothing is sent."""
    fake.fail(fake_calcom.Kind.HTML, times=99)

    with pytest.raises(Unavailable):
        connect(limits=Limits(retries=50, operation=3.0)).me()

    assert sum(fake.world.clock.slept) < 3.0
    with pytest.raises(Unavailable, match="no time left"):
        connect(limits=Limits(operation=0.0)).me()


def test_a_deadline_that_has_passed_sends_nothing(fake: FakeCalcom, connect: Connect) -> None:
    """Not even a connection is made."""
    with pytest.raises(Unavailable) as raised:
        connect(limits=Limits(request=1e-9, retries=0)).me()

    assert not raised.value.was_sent
    assert [] == fake.world.log


def test_a_head_that_drips_cannot_hold_a_request() -> None:
    """Not even a server that sends one byte of the head now and then."""
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with closing(peer):
            peer.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not ended.wait(0.02):
                peer.sendall(b"a")

    with closing(socket.create_server(("127.0.0.1", 0))) as listening, ThreadPoolExecutor() as pool:
        pool.submit(drip, listening)
        connection = Connection(
            key="cal_live_fake",
            base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            limits=Limits(retries=0, request=0.3),
        )
        try:
            with CalcomClient(connection, pace=MemoryPace()) as client, pytest.raises(Unavailable, match="Timeout"):
                client.me()
        finally:
            ended.set()


def test_an_endless_answer_is_not_read_to_its_end(fake: FakeCalcom, connect: Connect) -> None:
    """More than we could hold is no answer."""
    fake.add()

    with pytest.raises(Unavailable, match="too large"):
        connect(limits=Limits(body_bytes=100, retries=0)).walk(Query())


@pytest.mark.parametrize("how", ["seconds", "date", "none"])
@pytest.mark.parametrize("reset", ["seconds", "epoch", "none"])
def test_a_rate_limit_is_waited_for(fake: FakeCalcom, connect: Connect, how: str, reset: str) -> None:
    """Whatever it is called and however it is told; then the same request succeeds."""
    fake.world.switches.limit = 8
    fake.world.switches.limit_name = "Project"
    fake.world.switches.retry_after, fake.world.switches.limit_reset = how, reset
    client = connect(limits=Limits(operation=200))

    for _ in range(12):
        client.me()

    assert 60 <= sum(fake.world.clock.slept) <= 180
    assert sum(one.status == 429 for one in fake.world.log) <= 1


def test_a_limit_that_does_not_end_is_told(fake: FakeCalcom, connect: Connect) -> None:
    """After three waits; a breaker counts it."""
    fake.fail(fake_calcom.Kind.LIMIT, times=99, headers={"Retry-After": "5"})

    with pytest.raises(RateLimited) as raised:
        connect(limits=Limits(operation=900)).me()

    assert (4, 5.0, Kind.RATE_LIMITED) == (len(fake.world.log), raised.value.retry_after, raised.value.kind)
    assert raised.value.counts_as_failure


def test_all_workers_of_a_key_pause(fake: FakeCalcom, connect: Connect) -> None:
    """A limit met by one client holds the other."""
    pace = MemoryPace()
    limited, other = connect(pace=pace, limits=Limits(rate_limit_waits=0)), connect(pace=pace)
    fake.fail(fake_calcom.Kind.LIMIT, headers={"Retry-After": "20"})
    with pytest.raises(RateLimited):
        limited.me()

    other.me()

    assert [20.0] == fake.world.clock.slept


def test_our_own_queue_is_not_the_services_fault(fake: FakeCalcom, connect: Connect) -> None:
    """Many calls at once of a server that is merely slow: none of them is held against it."""
    fake.world.switches.latency = 0.4
    fake.world.switches.limit = 10_000
    client = connect(
        limits=Limits(connect=0.3, read=5.0, request=5.0, operation=1.0, retries=0, requests_per_minute=9999)
    )
    said: list[bool | None] = []

    def ask() -> None:
        try:
            client.me()
        except CalcomError as error:
            said.append(error.counts_as_failure)

    with ThreadPoolExecutor(60) as pool:
        for _ in range(60):
            pool.submit(ask)

    assert {True, False}.isdisjoint(said)


def test_an_answer_we_did_not_wait_for_says_nothing(fake: FakeCalcom, connect: Connect) -> None:
    """Cut short by a deadline around it; given its own time, the same silence is a failure."""
    fake.fail(fake_calcom.Kind.SILENCE, times=2)
    client = connect(limits=Limits(read=1.0, request=1.0, retries=0))

    with pytest.raises(Unavailable) as short, ends_within(0.7):
        client.me()
    with pytest.raises(Unavailable) as whole:
        client.me()

    assert (None, True) == (short.value.counts_as_failure, whole.value.counts_as_failure)
