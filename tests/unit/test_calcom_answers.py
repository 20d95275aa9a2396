"""What the client makes of an HTTP answer."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from data_consistency.calendar.calcom.answers import Answer, read, remaining, reset_in, wait_after_limit
from data_consistency.calendar.calcom.connection import ListStyle
from data_consistency.calendar.calcom.errors import (
    BookingNotFound,
    CalcomError,
    CredentialRefused,
    Kind,
    RateLimited,
    Refusal,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    WrongVersion,
)
from data_consistency.calendar.calcom.listing import read_page

_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "4000"}, 300),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:42 GMT"}, 42),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:42 -0000"}, 42),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": "soon", "x-ratelimit-reset": "9"}, 9),
        ({"x-ratelimit-reset-default": "12", "x-ratelimit-reset-burst": "30"}, 30),
        ({"X-RateLimit-Reset-Custom": str(int(_NOW.timestamp()) + 20)}, 20),
        ({"x-ratelimit-reset-default": "never"}, 60),
        ({"retry-after": "5", "x-ratelimit-reset-default": "50"}, 5),
    ],
)
def test_how_long_a_limit_lasts(headers: Mapping[str, str], seconds: float) -> None:
    """Retry-After, else the reset of any name in seconds or as an epoch, else a minute; five minutes at most."""
    assert seconds == wait_after_limit(headers, _NOW)


def test_the_fewest_remaining_count() -> None:
    """Of all named limits; words are not numbers."""
    headers = {
        "X-RateLimit-Remaining-Default": "70",
        "x-ratelimit-remaining-small": "3",
        "x-ratelimit-remaining-odd": "?",
    }

    assert remaining(headers) == 3
    assert remaining({}) is None
    assert reset_in({"x-ratelimit-reset-a": "?"}, _NOW) is None


def _a(message: object) -> object:
    return {"status": "error", "error": {"code": "BadRequestException", "message": message, "details": {}}}


@pytest.mark.parametrize(
    ("status", "document", "error", "kind"),
    [
        (401, None, CredentialRefused, Kind.CREDENTIAL),
        (403, _a("token=secret"), CredentialRefused, Kind.CREDENTIAL),
        (498, _a("expired"), CredentialRefused, Kind.CREDENTIAL),
        (404, _a("Booking with uid=x was not found"), BookingNotFound, Kind.NOT_FOUND),
        (404, {"statusCode": 404, "message": "Cannot GET /v2/bookings"}, WrongVersion, Kind.CONTRACT),
        (404, None, Unavailable, Kind.UNAVAILABLE),
        (302, None, WrongVersion, Kind.CONTRACT),
        (405, None, WrongVersion, Kind.CONTRACT),
        (408, None, Unavailable, Kind.UNAVAILABLE),
        (429, None, RateLimited, Kind.RATE_LIMITED),
        (500, {"statusCode": 500, "message": "Internal server error"}, Unavailable, Kind.UNAVAILABLE),
        (200, None, Unavailable, Kind.UNAVAILABLE),
        (200, [1], Unavailable, Kind.UNAVAILABLE),
        (200, {"status": "error", "data": {}}, Unavailable, Kind.UNAVAILABLE),
        (200, {"status": "success"}, UnexpectedAnswer, Kind.CONTRACT),
    ],
)
def test_the_status_decides(status: int, document: object, error: type[CalcomError], kind: Kind) -> None:
    """What an error is to the caller and to a breaker; the server's words are never shown."""
    headers = {"x-request-id": "req-1"}
    answer = Answer(status=status, headers=headers, body=json.dumps(document).encode() if document else b"<x>", at=_NOW)

    with pytest.raises(error) as raised:
        read(answer, "get booking")

    assert (kind, status, "req-1") == (raised.value.kind, raised.value.status, raised.value.request_id)
    assert (kind in {Kind.UNAVAILABLE, Kind.RATE_LIMITED}) == bool(raised.value.counts_as_failure)
    assert "secret" not in str(raised.value)
    assert "uid=" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "message", "refusal"),
    [
        (400, "User either already has booking at this time or is not available", Refusal.SLOT_TAKEN),
        (400, "because it has been cancelled already.", Refusal.ALREADY_CANCELLED),
        (400, "This booking has already been cancelled", Refusal.ALREADY_CANCELLED),
        (400, "Attempting to book a meeting in the past.", Refusal.OUT_OF_BOUNDS),
        (400, ["property x should not exist", 7], Refusal.INVALID),
        (400, {"message": {"errors": ["start must be a date"]}}, Refusal.INVALID),
        (400, "whatever", Refusal.OTHER),
        (409, "booking_conflict_error", Refusal.RACED),
        (409, "Unique constraint failed on the fields: (`idempotencyKey`)", Refusal.RACED),
        (409, "No more seats left at this seated booking.", Refusal.FULL),
        (400, "because the maximum number of active bookings has been reached.", Refusal.LIMITED),
        (400, "This email address is blocked", Refusal.BLOCKED),
        (400, "Someone else has reserved this booking time slot", Refusal.SLOT_TAKEN),
        (404, "Event type with id 999 not found.", Refusal.CONFIGURATION),
        (404, "User with username ada not found", Refusal.CONFIGURATION),
        (422, "no hosts", Refusal.CONFIGURATION),
    ],
)
def test_words_only_sort_refusals(status: int, message: object, refusal: Refusal) -> None:
    """They may be a text, a list or somewhere deep."""
    answer = Answer(status=status, headers={}, body=json.dumps(_a(message)).encode(), at=_NOW)

    with pytest.raises(Refused) as raised:
        read(answer, "create booking")

    assert refusal is raised.value.refusal


def test_a_request_id_is_shown_only_if_it_looks_like_one() -> None:
    """Whatever a server puts there ends in logs."""
    assert Answer(status=200, headers={"x-request-id": "a b\nc"}, body=b"", at=_NOW).request_id is None


@pytest.mark.parametrize(
    ("style", "pagination"),
    [
        (ListStyle.OFFSET, {"nextCursor": None, "hasMore": False}),
        (ListStyle.CURSOR, {"totalItems": 0, "hasNextPage": False}),
        (ListStyle.CURSOR, {"nextCursor": 5, "hasMore": True}),
        (ListStyle.CURSOR, {"nextCursor": None, "hasMore": "no"}),
        (ListStyle.CURSOR, None),
    ],
)
def test_a_page_without_its_paging_keys_is_a_wrong_version(style: ListStyle, pagination: object) -> None:
    """Even an empty one: it must not be taken for an empty calendar."""
    with pytest.raises(WrongVersion):
        read_page({"data": [], "pagination": pagination}, style)
