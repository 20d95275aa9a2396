"""What a booking path announces: which call, which booking, when, and the key by which it can be repeated."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from data_consistency.errors import WrongUse

_MAX_ID = 2**63 - 1
_MAX_TEXT = 191
_PLAUSIBLE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What the booking path believes it did.

    Raises:
        WrongUse: an id that cannot be one, or a key of nobody's; the message names the field, never the value.
    """

    call_id: int
    company_id: int | None = None  # of the caller; None: a caller who may see all
    appointment_id: int | None = None
    external_booking_id: str | None = None  # number or uid of the calendar's booking, or of a seat, as text
    announced_at: datetime | None = None  # by the caller's clock, naive UTC; None: when it was received
    idempotency_key: str | None = None  # of this announcement; a repeat is judged as of the first time

    def __post_init__(self) -> None:
        _require_id("call", self.call_id)
        for name in ("company_id", "appointment_id"):
            if getattr(self, name) is not None:
                _require_id(name, getattr(self, name))
        if self.external_booking_id is not None:
            _require_text("external_booking_id", self.external_booking_id, "a booking's number or uid")
        if self.idempotency_key is not None:
            _require_text("idempotency_key", self.idempotency_key, "a key")
            if self.company_id is None:
                raise WrongUse("idempotency_key: keys are each company's own; name the company, too")
        if self.announced_at is not None:
            object.__setattr__(self, "announced_at", _utc(self.announced_at))

    @property
    def digest(self) -> str:
        """Of what is announced: the same for a repeat, whenever it is sent."""
        said = [self.call_id, self.appointment_id, self.external_booking_id]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def plausible(request: BookingRequest, now: datetime) -> BookingRequest:
    """The request without a time of announcement that cannot be one: our own clock is believed instead."""
    if request.announced_at is None or abs(request.announced_at - now) <= _PLAUSIBLE:
        return request
    return replace(request, announced_at=None)


def _utc(moment: datetime) -> datetime:
    """Naive UTC, as the database stores times; one without a zone is taken for UTC."""
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise WrongUse("announced_at: no time of ours; use the time of the announcement, with its zone") from None


def _require_id(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID:
        raise WrongUse(f"{name}: not an id; use a whole number from 1 up")


def _require_text(name: str, value: object, what: str) -> None:
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT or not value.isprintable():
        raise WrongUse(f"{name}: not {what}; use a text of 1 to {_MAX_TEXT} characters")
