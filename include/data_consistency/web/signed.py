"""Messages of providers: whether they are theirs, when they were said, and which ids they name. Nothing else is read.

Cal.com signs the body: `x-cal-signature-256` is the hexadecimal HMAC-SHA256 of it, keyed with the webhook's secret
(cal.com/docs, webhooks). Retell signs the body and the time: `x-retell-signature` is `v=<Unix milliseconds>,d=<hex>`,
HMAC-SHA256 over the body followed by that number, keyed with the API key marked for webhooks (docs.retellai.com,
secure-webhook).
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from data_consistency.ledger.hints import CALCOM, RETELL, Said

CALCOM_HEADER = "x-cal-signature-256"
RETELL_HEADER = "x-retell-signature"
# What changes a booking. A meeting that begins or ends changes none.
BOOKING_KINDS = frozenset(
    f"BOOKING_{what}"
    for what in (
        *("CREATED", "REQUESTED", "RESCHEDULED", "CANCELLED", "REJECTED"),
        *("PAID", "PAYMENT_INITIATED", "NO_SHOW_UPDATED"),
    )
)
CALL_KINDS = frozenset({"call_started", "call_ended", "call_analyzed"})
_HEX = re.compile(r"[0-9a-f]{64}")
_TIMED = re.compile(r"v=([0-9]{1,16}),d=([0-9a-f]{64})")
_UID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_CALL = re.compile(r"[A-Za-z0-9_.:-]{1,191}")
_LARGEST = 2**63
# Nobody's: what is keyed with it takes as long, and never matches.
_NOBODYS = secrets.token_bytes(32)


class Unreadable(Exception):  # says what
    """A message that is the provider's and cannot be understood."""


def calcom_digest(header: str | None) -> str | None:
    """The signature of a header; None: there is none, and the body need not be read."""
    text = (header or "").strip().lower()
    return text if _HEX.fullmatch(text) else None


def retell_digest(header: str | None) -> tuple[str, str] | None:
    """Milliseconds, as they were signed, and signature of a header; None: there are none."""
    found = _TIMED.fullmatch((header or "").strip())
    return None if found is None else (found[1], found[2])


def is_signed(signed: bytes, digest: str, keys: Sequence[str]) -> bool:
    """Whether one of some keys made a signature; takes equally long whichever it was, and where there is none."""
    matches = False
    for key in [key.encode() for key in keys] or [_NOBODYS]:
        matches |= hmac.compare_digest(hmac.new(key, signed, hashlib.sha256).hexdigest(), digest)
    return matches and bool(keys)


def of_calcom(body: bytes, company_id: int) -> Said | None:
    """What a message of Cal.com names; None: nothing that we look at.

    Raises:
        Unreadable: no JSON, or no time that can be told.
    """
    document = _document(body)
    kind, payload = document.get("triggerEvent"), document.get("payload")
    if not isinstance(kind, str) or kind not in BOOKING_KINDS or not isinstance(payload, dict):
        return None
    ref = _id(payload.get("uid"), _UID) or _number(payload.get("bookingId"))
    if ref is None:
        return None
    return Said(
        provider=CALCOM,
        company_id=company_id,
        kind=kind,
        ref=ref,
        other_ref=_id(payload.get("rescheduleUid"), _UID),
        said_at=_moment(document.get("createdAt")),
        digest=_digest(CALCOM, company_id, body),
    )


def of_retell(body: bytes, milliseconds: str) -> Said | None:
    """What a message of Retell names; None: nothing that we look at.

    Raises:
        Unreadable: no JSON, or no time that can be told.
    """
    document = _document(body)
    kind, call = document.get("event", document.get("event_type")), document.get("call")
    if not isinstance(kind, str) or kind not in CALL_KINDS or not isinstance(call, dict):
        return None
    ref = _id(call.get("call_id"), _CALL)
    if ref is None:
        return None
    return Said(
        provider=RETELL,
        company_id=None,
        kind=kind,
        ref=ref,
        said_at=_of_unix(milliseconds),
        digest=_digest(RETELL, None, body),
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is no JSON in UTF-8.") from error
    if not isinstance(document, dict):
        raise Unreadable("The body is no JSON object.")
    return document


def _id(value: object, form: re.Pattern[str]) -> str | None:
    """An id as text; a number may be one, anything else is none. Half a character fits no form."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LARGEST:
        value = str(value)
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _number(value: object) -> str | None:
    """A booking's number, told apart from a uid."""
    digits = _id(value, re.compile(r"[0-9]{1,18}"))
    return None if digits is None else f"#{digits}"


def _moment(value: object) -> datetime:
    if isinstance(value, str) and len(value) <= 40:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return _naive(moment)
    raise Unreadable("createdAt: no time with its zone.")


def _of_unix(milliseconds: str) -> datetime:
    try:
        return _naive(datetime.fromtimestamp(int(milliseconds) / 1000, UTC))
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("The signature names no time.") from error


def _naive(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise Unreadable("createdAt: no time with its zone.") from error


def _digest(provider: str, company_id: int | None, body: bytes) -> str:
    return hashlib.sha256(f"{provider}:{company_id or 0}:".encode() + body).hexdigest()
