"""What providers send: signed, as they sign it."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from data_consistency.ledger import hints
from data_consistency.ledger.hints import Said
from data_consistency.runtime import Runtime
from tests import worlds
from tests.patience import PATIENCE

SECRET = "a-secret-of-the-webhooks"
RETELL_KEY = "key_of_retell_0000000001"
SETTINGS = {"CALCOM_HINT_SECRET": SECRET, "RETELL_HINT_KEY": RETELL_KEY}


def calcom_body(uid: object = "bk1", kind: object = "BOOKING_CREATED", *, ago: float = 0.0, **payload: object) -> bytes:
    """A message of Cal.com, with the names of people that such messages have."""
    said = (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    people = [{"name": "Petra Probe", "email": "petra@example.org"}]
    document = {"triggerEvent": kind, "createdAt": said, "payload": {"uid": uid, "attendees": people, **payload}}
    return json.dumps(document).encode()


def retell_body(call: object = "call_1", kind: object = "call_ended", **more: object) -> bytes:
    """A message of Retell."""
    return json.dumps({"event": kind, "call": {"call_id": call, "transcript": "Petra Probe speaks", **more}}).encode()


def calcom_headers(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """As Cal.com signs it."""
    return {"x-cal-signature-256": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def retell_headers(body: bytes, key: str = RETELL_KEY, *, ago: float = 0.0) -> dict[str, str]:
    """As Retell signs it."""
    said = str(int((time.time() - ago) * 1000))
    return {
        "x-retell-signature": f"v={said},d={hmac.new(key.encode(), body + said.encode(), hashlib.sha256).hexdigest()}"
    }


def post_calcom(url: str, body: bytes, company: object = 1, **headers: str) -> httpx.Response:
    """Send one to the service."""
    return httpx.post(
        f"{url}/hints/calcom/{company}", content=body, headers={**calcom_headers(body), **headers}, timeout=PATIENCE
    )


def post_retell(url: str, body: bytes, *, ago: float = 0.0, **headers: str) -> httpx.Response:
    """Send one to the service."""
    return httpx.post(
        f"{url}/hints/retell", content=body, headers={**retell_headers(body, ago=ago), **headers}, timeout=PATIENCE
    )


def told(answer: httpx.Response) -> tuple[int, Any]:
    """Status, and what became of the hint."""
    return answer.status_code, answer.json().get("hint")


def put(rt: Runtime, ref: str, kind: str = "BOOKING_CREATED", *, company: int | None = 1, **values: Any) -> None:
    """A hint that has been taken."""
    provider = hints.RETELL if kind.startswith("call_") else hints.CALCOM
    digest = hashlib.sha256(f"{provider}{company}{kind}{ref}{time.monotonic_ns()}".encode()).hexdigest()
    whose = None if provider == hints.RETELL else company
    said = Said(provider=provider, company_id=whose, kind=kind, ref=ref, said_at=rt.now(), digest=digest, **values)
    with rt.transaction() as connection:
        assert hints.put(connection, said)


def waiting(rt: Runtime, columns: str = "ref, attempts") -> list[tuple[object, ...]]:
    """Hints that are not dealt with."""
    return worlds.execute(rt.engine, f"SELECT {columns} FROM consistency_hints WHERE done_at IS NULL ORDER BY id")


def make_due(rt: Runtime) -> None:
    """Time passes: every hint is due, and leases have ended."""
    worlds.execute(
        rt.engine,
        "UPDATE consistency_hints SET due_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, lease_until = NULL"
        " WHERE done_at IS NULL",
    )
