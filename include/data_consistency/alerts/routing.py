"""Which way a message goes: routes of what is found, channels and recipients of a message.

The database keeps no address: a recipient is stored as a digest, and found again in the settings when it is needed.
"""

import hashlib
from collections.abc import Iterator, Mapping

from data_consistency.alerts.blocks import Message, What
from data_consistency.alerts.channels import smtp
from data_consistency.config import Settings
from data_consistency.errors import ConfigurationError
from data_consistency.routes import MAIL, Channel, Kind, Route
from data_consistency.sources import Source

ALL = ""  # of a channel that is not told apart by recipients


def targets(message: Message, source: Source, *, by_server: bool) -> list[tuple[str, str]]:
    """Channels and recipients of a message, as the settings have them now.

    Args:
        message: with its route.
        source: whose settings they are.
        by_server: whether mails go to a server, each recipient for itself, or into files.
    """
    names = dict.fromkeys(_names(message, source))
    channels = (source.alerts.channel(name) for name in names)
    found = [target for channel in channels if channel for target in _of_channel(channel, source, by_server=by_server)]
    return list(dict.fromkeys(found))


def resolve(name: str, recipient: str, source: Source) -> tuple[Channel, tuple[str, ...]] | None:
    """The channel, and the addresses, of a stored delivery; None: the settings know them no more."""
    channel = source.alerts.channel(name)
    if channel is None:
        return None
    addresses = recipients(channel, source)
    if recipient == ALL:
        return channel, addresses
    known = {digest(address): address for address in addresses}
    return (channel, (known[recipient],)) if recipient in known else None


def recipients(channel: Channel, source: Source) -> tuple[str, ...]:
    """Addresses of a channel."""
    return source.recipients if channel.name == MAIL else channel.recipients


def all_routes(source: Source) -> tuple[Route, ...]:
    """The default route and the others."""
    return (source.alerts.default, *source.alerts.routes)


def named_channels(source: Source) -> tuple[str, ...]:
    """Channels that a route names, each once."""
    named = (name for route in all_routes(source) for name in (*route.channels, *route.escalate_to))
    return tuple(dict.fromkeys((*named, *source.alerts.report_to)))


def unusable(name: str, source: Source, settings: Settings, environ: Mapping[str, str]) -> str | None:
    """Why nothing could go through a channel; None: nothing is known against it. Nothing is sent."""
    channel = source.alerts.channel(name)
    if channel is None:
        return "the settings know no such channel"
    if channel.kind is Kind.MAIL and settings.smtp_url is not None:
        try:
            smtp.parse_server(settings.smtp_url)
        except ConfigurationError as error:
            return str(error)
        return None if recipients(channel, source) else "names nobody; set CONSISTENCY_ALERT_EMAILS or recipients"
    for variable in (channel.url_env, channel.secret_env):
        if variable is not None and not environ.get(variable, "").strip():
            return f"the variable {variable} is not set"
    return None


def digest(address: str) -> str:
    """What the database knows of an address."""
    return hashlib.sha256(address.strip().lower().encode("utf-8", "replace")).hexdigest()[:32]


def _names(message: Message, source: Source) -> tuple[str, ...]:
    if message.what is What.REPORT:
        return source.alerts.report_to
    return (*source.alerts.route(message.route).channels, *message.also)


def _of_channel(channel: Channel, source: Source, *, by_server: bool) -> Iterator[tuple[str, str]]:
    addresses = recipients(channel, source) if channel.kind is Kind.MAIL and by_server else ()
    if not addresses:
        yield channel.name, ALL
    for address in addresses:
        yield channel.name, digest(address)
