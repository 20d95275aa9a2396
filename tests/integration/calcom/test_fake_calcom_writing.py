"""How the fake server books, cancels, moves and tells others of it."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom, Kind
from consistency_sandbox.fake_calcom.records import iso
from tests.patience import PATIENCE

_AS = {"Authorization": f"Bearer {KEY}", "cal-api-version": "2026-02-25"}
_START = BEGIN + timedelta(days=1)
_ILL = {"cancellationReason": "ill"}


@pytest.fixture
def http(fake: FakeCalcom) -> Iterator[httpx.Client]:
    """A client without any manners."""
    with httpx.Client(base_url=fake.url, trust_env=False, verify=False, timeout=PATIENCE, headers=_AS) as client:
        yield client


def _new(**changes: Any) -> dict[str, Any]:
    attendee = {"name": "Ada", "timeZone": "Europe/Berlin", "email": "ada@example.org"}
    return {"start": iso(_START), "eventTypeId": 100, "attendee": attendee, **changes}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 201),
        ({"lengthInMinutes": 45, "attendee": {"name": "A", "timeZone": "UTC", "phoneNumber": "+4930"}}, 201),
        ({"end": iso(_START)}, 400),
        ({"start": "tomorrow"}, 400),
        ({"start": iso(BEGIN - timedelta(hours=1))}, 400),
        ({"attendee": {"name": "A"}}, 400),
        ({"attendee": {"name": "A", "timeZone": "UTC"}}, 400),
        ({"metadata": {"k" * 41: "v"}}, 400),
        ({"metadata": {"k": "v" * 501}}, 400),
        ({"metadata": {str(n): "v" for n in range(51)}}, 400),
        ({"metadata": {"n": 1}}, 201),
        ({"eventTypeId": 999}, 404),
        ({"eventTypeId": 400}, 422),
    ],
)
def test_what_may_be_booked(http: httpx.Client, changes: dict[str, Any], status: int) -> None:
    """And how the rest is refused."""
    assert status == http.post("/v2/bookings", json=_new(**changes)).status_code


def test_a_body_that_is_none_is_refused(http: httpx.Client) -> None:
    """Not even an object."""
    assert http.post("/v2/bookings", content=b"{").status_code == 400
    assert http.post("/v2/bookings", json=[1]).status_code == 400


def test_a_taken_place_is_400_and_a_pending_one_is_free(http: httpx.Client) -> None:
    """Two pending bookings of one slot may exist, but not for the same person."""
    pending = [http.post("/v2/bookings", json=_new(eventTypeId=200)).json()["data"]["uid"] for _ in range(2)]
    assert pending[0] == pending[1]

    statuses = [http.post("/v2/bookings", json=_new()).status_code for _ in range(2)]

    assert [201, 400] == statuses


@pytest.mark.parametrize(("kind", "status"), [(Kind.BODY_B, 500), (Kind.BODY_A, 400), (Kind.SILENCE, None)])
def test_committed_and_then_denied(fake: FakeCalcom, http: httpx.Client, kind: Kind, status: int | None) -> None:
    """The booking exists whatever the answer says."""
    fake.fail(kind, commit=True, status=status)

    try:
        assert status == http.post("/v2/bookings", json=_new(), timeout=0.3).status_code
    except httpx.TimeoutException:
        assert status is None
    assert [_START] == [row.start for row in fake.world.all_stored()]


def test_readers_lag_behind(fake: FakeCalcom, http: httpx.Client) -> None:
    """A write is seen after a while, a change too; the old state is read until then."""
    fake.world.switches.write_lag = 5
    uid = http.post("/v2/bookings", json=_new()).json()["data"]["uid"]

    assert http.get(f"/v2/bookings/{uid}").status_code == 404
    fake.world.clock.advance(5)
    assert http.get(f"/v2/bookings/{uid}").status_code == 200
    http.post(f"/v2/bookings/{uid}/cancel", json=_ILL)
    assert http.get(f"/v2/bookings/{uid}").json()["data"]["status"] == "accepted"
    fake.world.clock.advance(5)
    assert http.get(f"/v2/bookings/{uid}").json()["data"]["status"] == "cancelled"


def test_cancelling(fake: FakeCalcom, http: httpx.Client) -> None:
    """Once; not what has ended; a host says why."""
    row, ended, strict = fake.add(), fake.add(start=iso(BEGIN - timedelta(days=1))), fake.add(event_type=300)

    def cancel(uid: str, **body: str) -> int:
        return http.post(f"/v2/bookings/{uid}/cancel", json=body).status_code

    assert [400, 200, 400, 400, 400, 200, 404, 400] == [
        cancel(row.uid),
        cancel(row.uid, **_ILL),
        cancel(row.uid, **_ILL),
        cancel(ended.uid, **_ILL),
        cancel(strict.uid),
        cancel(strict.uid, **_ILL),
        cancel("nobody", **_ILL),
        cancel(row.uid, reason="unknown property"),
    ]


def test_moving(fake: FakeCalcom, http: httpx.Client) -> None:
    """The successor holds the reason of the move where a cancellation would have its own."""
    row, other = fake.add(metadata={"call_id": "c"}), fake.add()

    def move(uid: str, start: Any) -> httpx.Response:
        return http.post(f"/v2/bookings/{uid}/reschedule", json={"start": start, "reschedulingReason": "later"})

    moved = move(row.uid, iso(_START))
    successor = moved.json()["data"]
    assert (201, row.uid, {"call_id": "c"}, "later") == (
        moved.status_code,
        successor["rescheduledFromUid"],
        successor["metadata"],
        successor["cancellationReason"],
    )
    assert [400, 400, 404] == [
        move(row.uid, iso(_START)).status_code,
        move(successor["uid"], iso(other.start)).status_code,
        move("nobody", iso(_START)).status_code,
    ]


@contextmanager
def _receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(500 if b"REQUESTED" in body else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nobody needs to read this."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook", got
        finally:
            server.shutdown()
            thread.join()


def _subscribe(http: httpx.Client, **document: Any) -> None:
    assert http.post("/control/webhooks", json=document).status_code == 200


def _book(http: httpx.Client, hours: int, **changes: Any) -> str:
    uid: str = http.post("/v2/bookings", json=_new(start=iso(_START + timedelta(hours=hours)), **changes)).json()[
        "data"
    ]["uid"]
    return uid


def test_webhooks_are_signed_over_the_raw_body(http: httpx.Client) -> None:
    """In another language than the API; without a secret there is no signature."""
    with _receiver() as (url, got):
        _subscribe(http, url=url, secret="s3cret", triggers=["BOOKING_CREATED"])
        _subscribe(http, url=url)
        uid = _book(http, 1)
        http.post("/control/clock", json={"seconds": 1})
    signed, unsigned = got
    document = json.loads(signed[1])

    assert hmac.new(b"s3cret", signed[1], hashlib.sha256).hexdigest() == signed[0]["x-cal-signature-256"]
    assert "no-secret-provided" == unsigned[0]["x-cal-signature-256"]
    assert ("BOOKING_CREATED", uid, "ACCEPTED") == (
        document["triggerEvent"],
        document["payload"]["uid"],
        document["payload"]["status"],
    )


def test_webhooks_are_dropped_doubled_late_and_out_of_order(http: httpx.Client) -> None:
    """And what a receiver refuses is not sent again."""
    with _receiver() as (url, got):
        _subscribe(http, url=url, modes=["drop", "double", "late:60", "swap", "ok"])
        uids = [_book(http, hours) for hours in range(5)]
        http.post("/control/clock", json={"seconds": 61})
        _book(http, 9, eventTypeId=200)
        http.post("/control/clock", json={"seconds": 61})
        told = [json.loads(body)["payload"]["uid"] for _, body in got]
        deliveries = http.get("/control/deliveries").json()

    assert [uids[1], uids[1], uids[4], uids[3], uids[2]] == told[:5]
    assert 6 == len(told)
    assert [200, 200, 200, 200, 200, 500] == [one["status"] for one in deliveries]


def test_a_cancellation_is_told_before_it_is_done(fake: FakeCalcom, http: httpx.Client) -> None:
    """Its message still says accepted; moves are told too; nobody listening is nobody's worry."""
    row, moved = fake.add(), fake.add()
    with _receiver() as (url, got):
        _subscribe(http, url=url, triggers=["BOOKING_CANCELLED", "BOOKING_RESCHEDULED"])
        http.post(f"/v2/bookings/{row.uid}/cancel", json=_ILL)
        assert "ACCEPTED" == json.loads(got[0][1])["payload"]["status"]
        http.post(f"/v2/bookings/{moved.uid}/reschedule", json={"start": iso(_START)})
        assert moved.uid == json.loads(got[1][1])["payload"]["rescheduleUid"]
    http.post("/v2/bookings", json=_new(start=iso(_START + timedelta(days=1))))
    other = fake.add()
    assert http.post(f"/v2/bookings/{other.uid}/cancel", json=_ILL).status_code == 200

    assert [200, 200, None] == [one["status"] for one in http.get("/control/deliveries").json()]
