"""What the booking service says of itself, and that it holds to it: announcements, and the words of its answers."""

import json
from enum import StrEnum
from typing import Any

import httpx
import pytest

from data_consistency.booking.settlement import Action
from data_consistency.booking.verdict import Reason, Tell, Verdict
from data_consistency.runtime import Runtime
from tests import bookings
from tests.booking_service import Service, make_key, problem
from tests.patience import PATIENCE


@pytest.fixture
def described(service: Service) -> dict[str, Any]:
    """Of the description."""
    document = httpx.get(f"{service.url}/openapi.json", timeout=PATIENCE).json()
    return dict(document["components"]["schemas"])


def test_every_word_of_an_answer_is_described(described: dict[str, Any]) -> None:
    """So that a client that is generated knows each, and a new one shows as a change of the contract."""
    words: tuple[type[StrEnum], ...] = (Verdict, Reason, Tell, Action)
    enums = {kind.__name__: described[kind.__name__]["enum"] for kind in words}

    assert {kind.__name__: list(kind) for kind in words} == enums


def test_every_answer_says_whether_the_booking_stands_and_what_to_say(described: dict[str, Any]) -> None:
    """Yes, no, or that nobody knows, which no language takes for no."""
    for answer in ("ValidationOut", "SettlementOut"):
        assert {"verdict", "booking_stands", "tell", "reason"} <= set(described[answer]["required"])
        stands = described[answer]["properties"]["booking_stands"]["anyOf"]
        assert [{"type": "boolean"}, {"type": "string", "const": "unknown"}] == stands


def test_the_example_of_the_description_is_answered(rt: Runtime, service: Service, described: dict[str, Any]) -> None:
    """With a call that is there; time and key of the example are of the kind that is asked for."""
    example = {**described["BookingIn"]["examples"][0], "call_id": bookings.add_call(rt)}

    answer = service.post("/v1/bookings/rollback", example)

    assert 200 == answer.status_code
    assert {"tell", "booking_stands", "action"} <= set(answer.json())


def test_a_repeat_gets_the_same_answer_and_another_is_refused(rt: Runtime, service: Service) -> None:
    """By both addresses, in one sentence that names the field; another company may use the same key."""
    call, other, foreign = bookings.add_call(rt), bookings.add_call(rt), bookings.add_call(rt, company_id=2)
    said, key = {"call_id": call, "idempotency_key": "k-1"}, make_key(rt, 2)

    first, again = (service.post("/v1/bookings/rollback", said).json() for _ in range(2))
    refused = [service.post(f"/v1/bookings/{path}", {**said, "call_id": other}) for path in ("validate", "rollback")]
    theirs = service.post("/v1/bookings/rollback", {**said, "call_id": foreign}, key=key)

    same = ("verdict", "booking_stands", "tell", "action", "run_id")
    assert "rolled_back" == first["action"]
    assert [first[name] for name in same] == [again[name] for name in same]
    for answer in refused:
        assert 422 == answer.status_code
        assert problem(answer)["detail"] == (
            "idempotency_key: it was used for another announcement; use a new one for each"
        )
    assert "rolled_back" == theirs.json()["action"]
    assert "appointment_booked" == bookings.columns(rt, other)["session_outcome"]


def test_a_time_or_key_that_is_none_is_refused_by_its_name(rt: Runtime, service: Service) -> None:
    """And never repeated in the answer."""
    call = bookings.add_call(rt)
    odd: list[tuple[str, object]] = [
        ("announced_at", "2026-03-30T12:00:00"),  # no zone
        ("announced_at", "yesterday"),
        ("announced_at", "0001-01-01T00:00:00+01:00"),
        ("idempotency_key", ""),
        ("idempotency_key", "yesterday" * 22),
        ("idempotency_key", "a\u0000b"),
        ("idempotency_key", "\ud800"),
        ("idempotency_key", 7),
    ]

    for field, value in odd:
        answer = httpx.post(
            f"{service.url}/v1/bookings/rollback",
            content=json.dumps({"call_id": call, field: value}),
            headers={"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"},
            timeout=PATIENCE,
        )

        assert 422 == answer.status_code, (field, value)
        assert field in problem(answer)["detail"].split(": ")[0]
        assert "yesterday" not in answer.text
    assert "appointment_booked" == bookings.columns(rt, call)["session_outcome"]
