"""One POST to a webhook: time-outs, no redirects, and nothing of its address in errors but the host."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from data_consistency.alerts.channels.letter import Target
from data_consistency.alerts.channels.outcomes import Delivery, Undeliverable
from data_consistency.errors import DeliveryFailed

TIMEOUT_SECONDS = 15.0
# The receiver understood who asks and does not like what: repeating it changes nothing.
_NOT_THIS_MESSAGE = frozenset({400, 413, 415, 422})


def post(target: Target, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """Hand a body of JSON over.

    Raises:
        DeliveryFailed: no address, no answer, or a refusal that is about us.
        Undeliverable: the receiver refuses this message.
    """
    import httpx

    channel = target.channel
    url = target.secret(channel.url_env or "")
    host = _host(url)
    if host is None:
        raise DeliveryFailed(f"channel '{channel.name}': {channel.url_env} is no http address; set it right")
    sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "data-consistency", **headers}
    try:
        # Only the status is read: an answer without end would hold up the run.
        with (
            httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
            client.stream("POST", url, content=body, headers=sent) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise DeliveryFailed(
            f"channel '{channel.name}': {host}: {type(error).__name__}; the message stays in the outbox"
        ) from error
    if status in _NOT_THIS_MESSAGE:
        raise Undeliverable(f"channel '{channel.name}': {host} refused the message with {status}")
    if not 200 <= status < 300:
        raise DeliveryFailed(f"channel '{channel.name}': {host} answered {status}; the message stays in the outbox")
    return Delivery(channel=channel.kind.value)


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in {"http", "https"} else None
