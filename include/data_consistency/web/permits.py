"""Permits as text: what a process must know to settle one that another process gave, or the same one before a restart.

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

from data_consistency.breaker.policy import Permit
from data_consistency.errors import WrongUse
from data_consistency.ledger.api_keys import ApiKey

# Longer than any call that a breaker guards; an older permit says nothing of the service as it is now.
LIFETIME_SECONDS = 300.0
_REMEMBERED = 100_000
_SIGNATURE_BYTES = 16


class Permits:
    """Writes permits as text and reads them back, each once in this process."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._settled: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def text_of(self, permit: Permit, service: str, key: ApiKey) -> str:
        """The permit as text."""
        said = [
            permit.generation, permit.counts, permit.measured, permit.probe, round(self._wall(), 3),
            secrets.token_hex(8),
        ]  # fmt: skip
        body = json.dumps(said, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_signature(body, service, key) + body).decode().rstrip("=")

    def permit_of(self, text: str, service: str, key: ApiKey) -> Permit:
        """The permit behind a text.

        Raises:
            WrongUse: it is none of this key and service, or too old, or was handed in before.
        """
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise WrongUse("permit: not a permit; send the text that was given") from error
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(body, service, key)):
            raise WrongUse("permit: not one of this key and service; send the text that was given")
        generation, counts, measured, probe, given_at, name = json.loads(body)
        # A clock that was set back makes no call shorter than nothing.
        age = max(0.0, self._wall() - float(given_at))
        if age > LIFETIME_SECONDS:
            raise WrongUse(f"permit: given more than {LIFETIME_SECONDS:g} s ago; ask for a new one")
        self._use(str(name))
        return Permit(
            int(generation), time.monotonic() - age, counts=bool(counts), measured=bool(measured), probe=bool(probe)
        )

    def _use(self, name: str) -> None:
        with self._lock:
            if name in self._settled:
                raise WrongUse("permit: settled before; each says one thing once")
            self._settled[name] = None
            if len(self._settled) > _REMEMBERED:
                self._settled.popitem(last=False)


def _signature(body: bytes, service: str, key: ApiKey) -> bytes:
    return hmac.digest(f"{key.key_hash}:{service}".encode(), body, hashlib.sha256)[:_SIGNATURE_BYTES]
