"""Hints over HTTP: what is taken, what is refused, and that neither costs the bookings anything."""

import asyncio
import http.client
import json
import signal
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import event

from consistency_sandbox.demo.booking_service import url_of
from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from data_consistency.db import sql
from data_consistency.ledger import hints
from data_consistency.ledger.hints import CALCOM, Said
from data_consistency.runtime import Runtime
from data_consistency.web.size_limit import MAX_HINT_BYTES
from tests import hinting, worlds
from tests.booking_service import problem, start
from tests.hinting import calcom_body, post_calcom, post_retell, retell_body, told
from tests.patience import PATIENCE


@pytest.fixture
def url(rt: Runtime, fake: FakeCalcom) -> Iterator[str]:
    """A service that takes hints of company 1 and of Retell, and leaves the work to others."""
    process = start(
        rt, "--enforce", "--no-worker",
        CALCOM_URL=fake.url, CALCOM_KEY=KEY, CALCOM_COMPANY="1", **hinting.SETTINGS,
    )  # fmt: skip
    try:
        yield url_of(process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(PATIENCE)


def _rows(rt: Runtime, columns: str = "*") -> list[tuple[object, ...]]:
    return worlds.execute(rt.engine, f"SELECT {columns} FROM consistency_hints ORDER BY id")


def test_a_message_is_taken_once_and_nothing_of_people_is_kept(rt: Runtime, url: str) -> None:
    """Sent again it is known; of another kind it is ignored; stored are ids, kind and times."""
    body, call = calcom_body("bk1", rescheduleUid="bk0"), retell_body("call_1")

    assert [(202, "accepted"), (202, "known")] == [told(post_calcom(url, body)) for _ in range(2)]
    assert [(202, "accepted"), (202, "known")] == [told(post_retell(url, call)) for _ in range(2)]
    assert (202, "ignored") == told(post_calcom(url, calcom_body("bk1", "MEETING_ENDED")))
    assert (202, "ignored") == told(post_retell(url, retell_body(None)))

    kept = _rows(rt, "provider, company_id, kind, ref, other_ref")
    assert [("calcom", 1, "BOOKING_CREATED", "bk1", "bk0"), ("retell", None, "call_ended", "call_1", None)] == kept
    assert "Petra" not in repr(_rows(rt))


def test_whoever_does_not_know_the_secret_is_refused(rt: Runtime, url: str) -> None:
    """In the same words whatever is wrong: nobody learns which companies there are."""
    body, call = calcom_body(), retell_body()
    answers = [
        post_calcom(url, body, **hinting.calcom_headers(body, "another-secret-of-nobody")),
        post_calcom(url, body, **hinting.calcom_headers(body + b" ")),
        post_calcom(url, body, **{"x-cal-signature-256": "no-secret-provided"}),
        httpx.post(f"{url}/hints/calcom/1", content=body, timeout=PATIENCE),
        post_retell(url, call, **hinting.retell_headers(call, "key_of_nobody_00000000000")),
        post_retell(url, call, **{"x-retell-signature": f"v=1,d={'0' * 64}"}),
        httpx.post(f"{url}/hints/retell", content=call, timeout=PATIENCE),
    ]

    assert {401} == {answer.status_code for answer in answers}
    assert 1 == len({problem(answer)["detail"] for answer in answers})
    assert [] == _rows(rt)


@pytest.mark.parametrize("minutes", [-8, 8])
def test_a_providers_clock_may_be_off_by_minutes(url: str, minutes: float) -> None:
    """In either direction."""
    assert (202, "accepted") == told(post_calcom(url, calcom_body(ago=60 * minutes)))
    assert (202, "accepted") == told(post_retell(url, retell_body(), ago=60 * minutes))


@pytest.mark.parametrize("minutes", [-12, 12, 60 * 24 * 365])
def test_a_replay_is_refused(rt: Runtime, url: str, minutes: float) -> None:
    """A message of another time, though its signature fits; what is refused is found by the runs of the scheduler."""
    answers = [post_calcom(url, calcom_body(ago=60 * minutes)), post_retell(url, retell_body(), ago=60 * minutes)]

    assert [400, 400] == [answer.status_code for answer in answers]
    assert all("over 10 minutes" in problem(answer)["detail"] for answer in answers)
    assert [] == _rows(rt)


def test_what_cannot_be_read_is_told_in_a_sentence(rt: Runtime, url: str) -> None:
    """Signed, and no document, or none with a time."""
    for body in (
        b"{",
        b"[]",
        b"\xff",
        b"[" * 50_000,
        json.dumps({"triggerEvent": "BOOKING_PAID", "payload": {"uid": 1}}).encode(),
    ):
        assert 400 == problem(post_calcom(url, body))["status"]
    assert 422 == problem(post_calcom(url, calcom_body(), company="one"))["status"]
    assert [] == _rows(rt)


def test_a_transcript_fits_and_a_body_that_never_ends_does_not(rt: Runtime, url: str) -> None:
    """The first is signed and taken; the other is cut where nobody needs more, said to be long or not."""
    assert (202, "accepted") == told(post_retell(url, retell_body("call_1", transcript_object="x" * (2**20))))
    signature = hinting.calcom_headers(b"")["x-cal-signature-256"]
    where = urlsplit(url).netloc

    said = http.client.HTTPConnection(where, timeout=PATIENCE)
    said.request(
        "POST", "/hints/calcom/1", headers={"x-cal-signature-256": signature, "Content-Length": str(MAX_HINT_BYTES + 1)}
    )
    unsaid = http.client.HTTPConnection(where, timeout=PATIENCE)
    chunks = (b"x" * 65_536 for _ in range(2 * MAX_HINT_BYTES // 65_536))
    try:
        unsaid.request(
            "POST", "/hints/calcom/1", body=chunks, headers={"x-cal-signature-256": signature}, encode_chunked=True
        )
        status = unsaid.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413  # closed before the rest was sent

    assert 413 == said.getresponse().status
    assert 413 == status
    assert 1 == len(_rows(rt))


def test_a_body_that_stops_on_its_way_is_given_up(url: str) -> None:
    """After seconds, with an answer."""
    signature = hinting.calcom_headers(b"")["x-cal-signature-256"]
    slow = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    slow.putrequest("POST", "/hints/calcom/1")
    slow.putheader("x-cal-signature-256", signature)
    slow.putheader("Content-Length", "1000")
    slow.endheaders(b"{")

    assert 408 == slow.getresponse().status


def test_a_thousand_at_once(rt: Runtime, url: str) -> None:
    """Each is taken once, and the service goes on being alive; what finds no room is sent again, as providers do."""
    bodies = {f"bk{number}": calcom_body(f"bk{number}") for number in range(1000)}

    async def send(room: asyncio.Semaphore, body: bytes) -> int:
        """By a bare socket: the pool of a client is slower with a thousand in it than the service."""
        place = urlsplit(url)
        said = {**hinting.calcom_headers(body), "Host": "x", "Connection": "close", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        async with room, asyncio.timeout(PATIENCE):
            try:
                reader, writer = await asyncio.open_connection(place.hostname, place.port)
                writer.write(f"POST /hints/calcom/1 HTTP/1.1\r\n{head}\r\n".encode() + body)
                line = await reader.readline()
                writer.close()
            except OSError:
                return 503
        return int(line.split()[1]) if line else 503  # closed at once: too many had not arrived whole

    async def send_all() -> set[int]:
        room, statuses, left = asyncio.Semaphore(300), set(), dict(bodies)
        for pause in (0, 1, 2, 4, 8, 16, 32):
            await asyncio.sleep(pause)
            answers = await asyncio.gather(*(send(room, body) for body in left.values()))
            statuses |= set(answers)
            left = {ref: body for (ref, body), status in zip(left.items(), answers, strict=True) if status == 503}
            if not left:
                break
        return statuses

    statuses = asyncio.run(send_all())

    assert {202} <= statuses <= {202, 503}
    assert 200 == httpx.get(f"{url}/health", timeout=PATIENCE).status_code
    assert {str(ref) for (ref,) in _rows(rt, "ref")} == bodies.keys()
    assert [(1000, 1000)] == _rows(rt, "COUNT(*), COUNT(DISTINCT ref)")


def test_a_hint_is_noted_in_one_statement(rt: Runtime) -> None:
    """That commits itself; also one that is known."""
    engine = worlds.make_quick_engine(rt.engine.url)
    said = Said(provider=CALCOM, company_id=1, kind="BOOKING_PAID", ref="bk1", said_at=rt.now(), digest="0" * 64)
    statements: list[str] = []
    with engine.connect() as connection:
        sql.walls_of(connection)
        event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: statements.append(statement))
        is_new = [hints.put(connection, said) for _ in range(2)]
    engine.dispose()

    assert [True, False] == is_new
    assert 2 == len(statements)
    assert 1 == len(_rows(rt))


def test_without_secrets_nothing_is_taken(rt: Runtime) -> None:
    """A service that nobody connected refuses every message, whoever signs it with nothing."""
    process = start(rt, "--no-worker")
    try:
        address = url_of(process)
        assert 401 == post_calcom(address, calcom_body()).status_code
        assert 401 == post_retell(address, retell_body()).status_code
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert [] == _rows(rt)


@pytest.mark.parametrize("secret", ["short", "with\x07bell-in-the-midst"])
def test_a_secret_that_can_be_guessed_is_refused(rt: Runtime, secret: str) -> None:
    """In a line that names the variable and shows nothing; the service does not start."""
    process = start(rt, "--no-worker", RETELL_HINT_KEY=secret)

    assert 64 == process.wait(PATIENCE)
