"""Permits as text: what a process must know to settle one that another process gave, or the same one before a restart.

One that is handed in again gets the answer of the first time: here by memory, elsewhere by the row of what counted.

A permit says nothing secret. It is signed with what is stored of the caller's key, so that no company can hand in
another's and no slip of a caller becomes somebody's probe.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from data_consistency.breaker.policy import Outcome, Permit, WritePermit
from data_consistency.errors import WrongUse
from data_consistency.ledger.api_keys import ApiKey

# Longer than any call that a breaker guards; an older permit says nothing of the service as it is now.
LIFETIME_SECONDS = 300.0
_REMEMBERED = 100_000
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A permit that was handed in, and the name by which it is known."""

    permit: Permit
    name: str


class Permits:
    """Writes permits as text, reads them back, and remembers what was said of them in this process."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._settled: OrderedDict[str, Outcome] = OrderedDict()
        self._lock = threading.Lock()

    def text_of(self, permit: Permit, service: str, key: ApiKey) -> str:
        """The permit as text."""
        said = [
            permit.generation, permit.counts, permit.measured, permit.probe, round(self._wall(), 3),
            secrets.token_hex(8), permit.writes,
        ]  # fmt: skip
        body = json.dumps(said, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_signature(body, service, key) + body).decode().rstrip("=")

    def read(self, text: str, service: str, key: ApiKey) -> Given:
        """The permit behind a text.

        Raises:
            WrongUse: it is none of this key and service, or too old.
        """
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise WrongUse("permit: not a permit; send the text that was given") from error
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(body, service, key)):
            raise WrongUse("permit: not one of this key and service; send the text that was given")
        generation, counts, measured, probe, given_at, name, writes = json.loads(body)
        # A clock that was set back makes no call shorter than nothing.
        age = max(0.0, self._wall() - float(given_at))
        if age > LIFETIME_SECONDS:
            raise WrongUse(f"permit: given more than {LIFETIME_SECONDS:g} s ago; ask for a new one")
        kind = WritePermit if writes else Permit
        permit = kind(
            int(generation), time.monotonic() - age, counts=bool(counts), measured=bool(measured), probe=bool(probe)
        )
        return Given(permit=permit, name=str(name))

    def first_said(self, name: str, outcome: Outcome) -> Outcome | None:
        """Remember what is said of a permit; returns what was said of it before, None: nothing."""
        with self._lock:
            before = self._settled.get(name)
            if before is None:
                self._settled[name] = outcome
                if len(self._settled) > _REMEMBERED:
                    self._settled.popitem(last=False)
            return before

    def was_said(self, name: str, outcome: Outcome) -> None:
        """Another process was first, and this is what it was told."""
        with self._lock:
            self._settled[name] = outcome


def _signature(body: bytes, service: str, key: ApiKey) -> bytes:
    return hmac.digest(f"{key.key_hash}:{service}".encode(), body, hashlib.sha256)[:_SIGNATURE_BYTES]
