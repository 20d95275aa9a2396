"""From an HTTP answer to a document or an error: the status decides first, words last."""

import email.utils
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from data_consistency.calendar.calcom.errors import (
    BookingNotFound,
    CalcomError,
    CredentialRefused,
    RateLimited,
    Refusal,
    Refused,
    Unavailable,
    UnexpectedAnswer,
    WrongVersion,
)

LONGEST_WAIT = 300.0  # seconds; whoever asks for more is not believed
_USUAL_WAIT = 60.0
_EPOCH = 1e9  # seconds left are never so many
_CREDENTIAL = frozenset({401, 403, 498})
_WRONG_ROUTE = frozenset({405, 406, 410, 415})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_NO_ROUTE = re.compile(r"cannot (get|post) ", re.IGNORECASE)
# A 404 that is about what was to be booked, or from beneath the API, says nothing of a booking.
_OF_EVENT_TYPE = re.compile(r"(event[- ]?type|user with|team with|organization with)\b.*not found", re.IGNORECASE)
_BENEATH = re.compile(r"\brecords?\b.*not found|invalid `|prisma", re.IGNORECASE)
_WORDS = (
    (re.compile(r"no more seats|seats_full", re.IGNORECASE), Refusal.FULL),
    (re.compile(r"maximum number of active bookings|booking limit|limit_exceeded", re.I), Refusal.LIMITED),
    (re.compile(r"\bblocked\b", re.IGNORECASE), Refusal.BLOCKED),
    (re.compile(r"reserved", re.IGNORECASE), Refusal.SLOT_TAKEN),
    (re.compile(r"seat does not exist or has already been cancelled", re.IGNORECASE), Refusal.ALREADY_CANCELLED),
    (re.compile(r"already (been )?cancell?ed|cancell?ed already", re.IGNORECASE), Refusal.ALREADY_CANCELLED),
    (re.compile(r"already has (a )?booking|not available|no_available_users|booked already", re.I), Refusal.SLOT_TAKEN),
    (re.compile(r"booking_conflict|conflict|unique constraint", re.IGNORECASE), Refusal.RACED),
    (re.compile(r"in the past|out of bounds|minimum booking notice|too (far|soon)", re.I), Refusal.OUT_OF_BOUNDS),
    (re.compile(r"should not exist|must be|should not be empty|is required|invalid", re.I), Refusal.INVALID),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def request_id(self) -> str | None:
        """The server's name for this request, if it looks like one."""
        value = self.headers.get("x-request-id", "")
        return value if _REQUEST_ID.fullmatch(value) else None


def read(answer: Answer, operation: str) -> Mapping[str, object]:
    """The document of a good answer.

    Raises:
        CalcomError: any other answer, by what the caller can do about it.
    """
    document = _document(answer.body)
    if not 200 <= answer.status < 300:
        raise _error(answer, operation, document)
    if document is None:
        raise Unavailable(operation, "the answer is no JSON", status=answer.status, request_id=answer.request_id)
    if document.get("status") == "error":
        raise Unavailable(
            operation, "the answer calls itself an error", status=answer.status, request_id=answer.request_id
        )
    if "data" not in document:
        raise UnexpectedAnswer(operation, "the answer has no data", status=answer.status, request_id=answer.request_id)
    return document


def wait_after_limit(headers: Mapping[str, str], now: datetime) -> float:
    """How long to stay away after a 429: Retry-After, else the limit's reset, else a minute; five minutes at most."""
    asked = _retry_after(headers.get("retry-after"), now)
    if asked is None:
        asked = reset_in(headers, now)
    return _USUAL_WAIT if asked is None else min(max(asked, 1.0), LONGEST_WAIT)


def reset_in(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until a limit starts anew, the longest of all named ones; values may be seconds or an epoch."""
    values = [_seconds(value, now) for value in _limits(headers, "x-ratelimit-reset")]
    known = [value for value in values if value is not None]
    return min(max(known), LONGEST_WAIT) if known else None


def remaining(headers: Mapping[str, str]) -> int | None:
    """Requests left, the fewest of all named limits."""
    values = [int(float(value)) for value in _limits(headers, "x-ratelimit-remaining") if _NUMBER.fullmatch(value)]
    return min(values) if values else None


def _error(answer: Answer, operation: str, document: Mapping[str, object] | None) -> CalcomError:
    status, request_id = answer.status, answer.request_id
    if status in _CREDENTIAL:
        return CredentialRefused(operation, "the key is refused", status=status, request_id=request_id)
    if status == 429:
        return RateLimited(
            operation, retry_after=wait_after_limit(answer.headers, answer.at), status=status, request_id=request_id
        )
    if 300 <= status < 400 or status in _WRONG_ROUTE:
        return WrongVersion(operation, "no such route", status=status, request_id=request_id)
    if status >= 500 or status < 200 or status == 408 or (status == 404 and document is None):
        # A 404 that is not the API's own says nothing of a booking.
        return Unavailable(operation, "the service failed", status=status, request_id=request_id)
    words = _words(document)
    if status == 404:
        return _not_found(operation, words, request_id)
    return Refused(operation, _refusal(status, words), status=status, request_id=request_id)


def _not_found(operation: str, words: str, request_id: str | None) -> CalcomError:
    if _NO_ROUTE.search(words):
        return WrongVersion(operation, "the route does not know this version", status=404, request_id=request_id)
    if _OF_EVENT_TYPE.search(words):
        return Refused(operation, Refusal.CONFIGURATION, status=404, request_id=request_id)
    if _BENEATH.search(words):
        return UnexpectedAnswer(operation, "something beneath the API is missing", status=404, request_id=request_id)
    return BookingNotFound(operation, "no such booking", status=404, request_id=request_id)


def _refusal(status: int, words: str) -> Refusal:
    if status == 422:
        return Refusal.CONFIGURATION
    said = next((refusal for pattern, refusal in _WORDS if pattern.search(words)), Refusal.OTHER)
    return Refusal.RACED if status == 409 and said is Refusal.OTHER else said


def _words(document: Mapping[str, object] | None) -> str:
    """The readable part of an error, wherever it is: to be judged, never to be shown."""
    found: list[str] = []
    _collect(document, found, depth=0)
    return " | ".join(found)[:5000]


def _collect(value: object, found: list[str], *, depth: int) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, Mapping) and depth < 5:
        for key in ("message", "error", "details", "errors", "code"):
            _collect(value.get(key), found, depth=depth + 1)
    elif isinstance(value, list) and depth < 5:
        for part in value[:20]:
            _collect(part, found, depth=depth + 1)


def _document(body: bytes) -> Mapping[str, object] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _limits(headers: Mapping[str, str], prefix: str) -> list[str]:
    """Values of `prefix` alone and of `prefix-<any name>`."""
    return [
        value.strip()
        for name, value in headers.items()
        if name.lower() == prefix or name.lower().startswith(f"{prefix}-")
    ]


def _seconds(value: str, now: datetime) -> float | None:
    if not _NUMBER.fullmatch(value):
        return None
    number = float(value)
    return max(0.0, number - now.timestamp()) if number > _EPOCH else number


def _retry_after(value: str | None, now: datetime) -> float | None:
    if value is None:
        return None
    seconds = _seconds(value.strip(), now)
    if seconds is not None:
        return seconds
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
