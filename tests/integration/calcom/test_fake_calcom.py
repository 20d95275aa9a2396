"""The fake server itself: everything a client must survive, seen over a plain HTTP client."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from consistency_sandbox.fake_calcom import BEGIN, KEY, FakeCalcom, Kind
from consistency_sandbox.fake_calcom.records import iso
from tests.patience import PATIENCE

_LIST, _BOOK = "2026-05-01", "2026-02-25"
_NEW: dict[str, Any] = {
    "start": "2026-11-24T08:00:00Z",
    "eventTypeId": 100,
    "attendee": {"name": "Ada", "timeZone": "Europe/Berlin", "email": "ada@example.org"},
    "metadata": {"call_id": "c1"},
}


@pytest.fixture
def http(fake: FakeCalcom) -> Iterator[httpx.Client]:
    """A client without any manners."""
    with httpx.Client(base_url=fake.url, trust_env=False, verify=False, timeout=PATIENCE) as client:
        yield client


def _as(token: str | None = KEY, version: str | None = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return headers | ({"cal-api-version": version} if version else {})


@pytest.mark.parametrize(
    ("token", "me", "listed", "got"),
    [(KEY, 200, 200, 200), (None, 401, 403, 200), ("cal_wrong", 401, 401, 401), ("other", 401, 403, 200)],
)
def test_who_may_ask(fake: FakeCalcom, http: httpx.Client, token: str | None, me: int, listed: int, got: int) -> None:
    """Reading one, creating and cancelling go without a key; a wrong one is refused everywhere."""
    row = fake.add()

    answers = [
        http.get("/v2/me", headers=_as(token)),
        http.get("/v2/bookings", headers=_as(token, _LIST)),
        http.get(f"/v2/bookings/{row.uid}", headers=_as(token, _BOOK)),
        http.post("/v2/bookings", headers=_as(token, _BOOK), json=_NEW),
        http.post(f"/v2/bookings/{row.uid}/cancel", headers=_as(token, _BOOK), json={"cancellationReason": "ill"}),
    ]

    assert [me, listed, got, 201 if got == 200 else got, got] == [answer.status_code for answer in answers]


def test_a_403_repeats_the_token(http: httpx.Client) -> None:
    """So its text may not be logged."""
    assert "other_token" in http.get("/v2/bookings", headers=_as("other_token", _LIST)).text


def test_credentials_expire(fake: FakeCalcom, http: httpx.Client) -> None:
    """A key by 401, a token by 498."""
    fake.key("cal_short", requests_left=1)
    fake.key("oauth", oauth=True, requests_left=0)

    assert [200, 401] == [http.get("/v2/me", headers=_as("cal_short")).status_code for _ in range(2)]
    assert http.get("/v2/me", headers=_as("oauth")).status_code == 498


def test_the_version_decides_the_shape(fake: FakeCalcom, http: httpx.Client) -> None:
    """Missing or unknown is silently the oldest; real but unmapped is 404."""
    row = fake.add()

    def listed(version: str | None) -> httpx.Response:
        return http.get("/v2/bookings", headers=_as(KEY, version))

    assert "nextCursor" in listed("2026-05-01").json()["pagination"]
    assert "totalItems" in listed("2024-08-13").json()["pagination"]
    for version in (None, "2025-12-24", "2024-04-15"):
        assert [row.uid] == [one["uid"] for one in listed(version).json()["data"]["bookings"]]
        assert "startTime" in http.get(f"/v2/bookings/{row.uid}", headers=_as(KEY, version)).json()["data"]
        assert http.post("/v2/bookings", headers=_as(KEY, version), json=_NEW).status_code == 400
    assert (404, "Cannot GET /v2/bookings") == (listed(_BOOK).status_code, listed(_BOOK).json()["error"]["message"])
    assert http.get("/v2/elsewhere", headers=_as()).json() == {"statusCode": 404, "message": "Cannot GET /v2/elsewhere"}
    assert http.get("/v2/me", headers=_as()).json()["data"]["id"] == 7


def test_foreign_paging_is_ignored_and_sizes_are_checked(fake: FakeCalcom, http: httpx.Client) -> None:
    """`skip` means nothing to the newer list, `cursor` nothing to the older."""
    for _ in range(60):
        fake.add()

    def uids(version: str, **params: Any) -> list[str]:
        answer = http.get("/v2/bookings", headers=_as(KEY, version), params=params)
        return [row["uid"] for row in answer.json()["data"]]

    assert uids(_LIST) == uids(_LIST, take=5, skip=20)
    assert 50 == len(uids(_LIST))
    assert 60 == len(uids("2024-08-13", limit=5, cursor="x"))
    for version, params in ((_LIST, {"limit": 101}), ("2024-08-13", {"take": 251}), (_LIST, {"cursor": "?"})):
        assert http.get("/v2/bookings", headers=_as(KEY, version), params=params).status_code == 400


def test_totals_lie(fake: FakeCalcom, http: httpx.Client) -> None:
    """They know nothing of created and updated filters: an empty page says that there is a next."""
    for _ in range(5):
        fake.add()
    params = {"take": 2, "afterCreatedAt": iso(BEGIN + timedelta(days=1)), "sortCreated": "asc"}

    answer = http.get("/v2/bookings", headers=_as(KEY, "2024-08-13"), params=params).json()

    assert ([], True, 5) == (
        answer["data"],
        answer["pagination"]["hasNextPage"],
        answer["pagination"]["totalItems"],
    )


def test_equal_sort_keys_come_in_any_order(fake: FakeCalcom, http: httpx.Client) -> None:
    """Another one each time."""
    for _ in range(20):
        fake.add(start=iso(BEGIN))

    def order() -> tuple[str, ...]:
        answer = http.get("/v2/bookings", headers=_as(KEY, "2024-08-13"), params={"sortStart": "desc"})
        return tuple(row["uid"] for row in answer.json()["data"])

    assert len({order() for _ in range(4)}) > 1


def test_filters(fake: FakeCalcom, http: httpx.Client) -> None:
    """Ends are included, null updates are not; words of the filter are not those of the booking."""
    now, past = iso(BEGIN), iso(BEGIN - timedelta(hours=3))
    plain = fake.add(start=now, age=0, attendee_name="Ada", attendee_email="a+b@example.org")
    ended = fake.add(start=past)
    pending = fake.add(status="pending", event_type=200)
    rejected = fake.add(status="rejected", updated_at=now)
    series = fake.add(recurring_uid="s")
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({"afterCreatedAt": now, "beforeCreatedAt": now}, {plain.uid}),
        ({"afterUpdatedAt": past}, {rejected.uid}),
        ({"beforeUpdatedAt": now}, {rejected.uid}),
        ({"beforeEnd": iso(ended.end)}, {ended.uid}),
        ({"afterStart": iso(series.start)}, {series.uid}),
        ({"status": "past"}, {ended.uid}),
        ({"status": "cancelled"}, {rejected.uid}),
        ({"status": "unconfirmed"}, {pending.uid}),
        ({"status": "recurring"}, {series.uid}),
        ({"status": "upcoming"}, {plain.uid, pending.uid, series.uid}),
        ({"attendeeEmail": "a b@example.org"}, {plain.uid}),
        ({"attendeeName": "Ada"}, {plain.uid}),
        ({"bookingUid": ended.uid}, {ended.uid}),
        ({"eventTypeId": "200"}, {pending.uid}),
        ({"eventTypeIds": "200", "eventTypeId": "100"}, {pending.uid}),
    ]

    for params, expected in cases:
        for version in (_LIST, "2024-08-13"):
            answer = http.get("/v2/bookings", headers=_as(KEY, version), params=params)
            assert expected == {row["uid"] for row in answer.json()["data"]}, (version, params)
    assert http.get("/v2/bookings", headers=_as(KEY, _LIST), params={"afterStart": "today"}).status_code == 400
    assert http.get("/v2/bookings", headers=_as(KEY, _LIST), params={"afterStart": "2026-11-23"}).status_code == 400


def test_odd_rows(fake: FakeCalcom, http: httpx.Client) -> None:
    """One value that is no text empties the metadata; a phone's guest gets an address."""
    row = fake.add(metadata={"call_id": "c1", "n": 3}, attendee_phone="+49301")
    seated = fake.add(event_type=500)

    data = http.get(f"/v2/bookings/{row.uid}", headers=_as(None, _BOOK)).json()["data"]
    assert ({}, "+49301") == (data["metadata"], data["attendees"][0]["phoneNumber"])
    seat = http.get(f"/v2/bookings/{seated.uid}", headers=_as(None, _BOOK)).json()["data"]["attendees"][0]
    assert "seatUid" in seat
    stranger = fake.add(stranger=True)
    assert http.get(f"/v2/bookings/{stranger.uid}", headers=_as(KEY, _BOOK)).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("body_a", 400, '"BadRequestException"'),
        ("body_b", 500, '"statusCode": 500'),
        ("message_list", 400, '["something went wrong"'),
        ("html", 502, "<html>"),
        ("empty", 503, ""),
        ("truncated", 200, '{"status":"success"'),
        ("says_error", 200, '"status": "error"'),
        ("limit", 429, "ThrottlerException"),
    ],
)
def test_errors(fake: FakeCalcom, http: httpx.Client, kind: str, status: int, body: str) -> None:
    """Once, and for the request it was meant for."""
    fake.fail(Kind(kind), path="/v2/me", headers={"Retry-After": "3"})
    assert http.get("/v2/bookings/x", headers=_as(KEY, _BOOK)).status_code == 404

    answer = http.get("/v2/me", headers=_as())

    assert (status, "3") == (answer.status_code, answer.headers["Retry-After"])
    assert body in answer.text
    assert http.get("/v2/me", headers=_as()).status_code == 200


def test_the_limit_blocks_for_a_minute(fake: FakeCalcom, http: httpx.Client) -> None:
    """Of the server's clock, and for that key only."""
    fake.world.switches.limit = 2

    assert [200, 200, 429, 429] == [http.get("/v2/me", headers=_as()).status_code for _ in range(4)]
    assert http.get("/v2/bookings/x", headers=_as(None, _BOOK)).status_code == 404
    fake.world.clock.advance(59)
    assert http.get("/v2/me", headers=_as()).status_code == 429
    fake.world.clock.advance(2)
    assert http.get("/v2/me", headers=_as()).status_code == 200


def test_latency_is_real(fake: FakeCalcom, http: httpx.Client) -> None:
    """A fixed part, and a tail."""
    fake.world.switches.latency, fake.world.switches.latency_tail = 0.02, 0.001
    began = time.monotonic()

    http.get("/v2/me", headers=_as())

    assert time.monotonic() - began >= 0.02
