"""Where Cal.com is and how we may use it: one value, checked when it is made."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from data_consistency.errors import ConfigurationError

HOSTED_URL = "https://api.cal.com"
_KEY = re.compile(r"[\x21-\x7e]{4,500}")  # what may stand in a header; self-hosted servers choose their own prefix


class ListStyle(StrEnum):
    """How a list is paged."""

    OFFSET = "offset"
    CURSOR = "cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The `cal-api-version` of each operation: it belongs to the endpoint, not to the client."""

    list_bookings: str
    get_booking: str
    create_booking: str
    cancel_booking: str
    reschedule_booking: str
    style: ListStyle


HOSTED = Versions(
    list_bookings="2026-05-01",
    get_booking="2026-02-25",
    create_booking="2026-02-25",
    cancel_booking="2026-02-25",
    reschedule_booking="2026-02-25",
    style=ListStyle.CURSOR,
)
# The only version of the open server, and the older one of the hosted service.
SELF_HOSTED = Versions(
    list_bookings="2024-08-13",
    get_booking="2024-08-13",
    create_booking="2024-08-13",
    cancel_booking="2024-08-13",
    reschedule_booking="2024-08-13",
    style=ListStyle.OFFSET,
)
_BY_NAME = {HOSTED.list_bookings: HOSTED, SELF_HOSTED.list_bookings: SELF_HOSTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Time-outs in seconds and numbers that stop us."""

    connect: float = 5.0
    read: float = 10.0
    request: float = 20.0  # one request, from connecting to the last byte
    operation: float = 30.0  # one operation with its retries and waits
    walk: float = 600.0  # one walk over a list
    retries: int = 3  # of one GET
    retries_of_a_walk: int = 20
    rate_limit_waits: int = 3
    requests_per_minute: int = 90  # below the documented 120 of a key
    requests_per_day: int = 50_000
    pages: int = 500  # of one walk
    body_bytes: int = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Whose part of the requests of a key it is."""

    name: str = ""
    of: int = 1  # how many have the key between them

    def part(self, whole: int) -> int:
        """Of a limit of the key."""
        return max(1, whole // self.of)


WHOLE = Share()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Address, key and habits. The key never shows."""

    key: str = field(repr=False)
    base_url: str = HOSTED_URL
    versions: Versions = HOSTED
    limits: Limits = field(default_factory=Limits)
    share: Share = WHOLE  # of the requests that the key may send
    proxy: str | None = field(default=None, repr=False)  # http://host:port; may hold a password

    def __post_init__(self) -> None:
        """Refuse to start without a key, and to send it in the clear.

        Raises:
            ConfigurationError: key or address cannot be used.
        """
        if not _KEY.fullmatch(self.key):
            # Some operations would also answer without a key, so that a forgotten one goes unnoticed for long.
            raise ConfigurationError("CONSISTENCY_CALCOM_KEY: missing or not a key; set the API key of Cal.com")
        _check_url(self.base_url)


def load_connection(environ: Mapping[str, str] | None = None) -> Connection:
    """The connection of the environment.

    Raises:
        ConfigurationError: a variable is missing or wrong; the message never shows the key.
    """
    env = os.environ if environ is None else environ
    base_url = (env.get("CONSISTENCY_CALCOM_URL") or HOSTED_URL).rstrip("/")
    version = env.get("CONSISTENCY_CALCOM_API_VERSION") or HOSTED.list_bookings
    if version not in _BY_NAME:
        raise ConfigurationError(
            f"CONSISTENCY_CALCOM_API_VERSION={version}: use {HOSTED.list_bookings}, or {SELF_HOSTED.list_bookings} "
            "for a server of your own"
        )
    return Connection(
        key=env.get("CONSISTENCY_CALCOM_KEY", "").strip(),
        base_url=base_url,
        versions=_BY_NAME[version],
        proxy=None if is_loopback(base_url) else env.get("HTTPS_PROXY") or env.get("https_proxy") or None,
    )


def is_loopback(url: str) -> bool:
    """Whether an address never leaves this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ConfigurationError("CONSISTENCY_CALCOM_URL: give scheme and host alone, such as https://api.cal.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(url)):
        raise ConfigurationError(f"CONSISTENCY_CALCOM_URL={url}: use https, so that the key is not sent in the clear")
    if parts.path.rstrip("/").endswith("/v2"):
        raise ConfigurationError(f"CONSISTENCY_CALCOM_URL={url}: leave out /v2; the client adds it")
