"""Signs of telling people: do messages leave, can the channel take them, is anything untold?"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from datetime import timedelta

from data_consistency.alerts import routing
from data_consistency.alerts.channels import smtp
from data_consistency.db import marker, sql
from data_consistency.errors import ConfigurationError
from data_consistency.health.sign import Look, Word, fine, sign, wrong
from data_consistency.ledger import outbox
from data_consistency.routes import Kind

_LATE = timedelta(minutes=15)  # three checks
_UNTOLD = timedelta(hours=1)
_SECONDS = 5.0
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


@sign(
    "mail",
    "mend the channel (see the sign `mail channel`); the next check delivers what waits, `consistency check` at once",
)
def _waiting(look: Look) -> Iterator[Word]:
    """A message failed, or has waited for over 15 minutes."""
    waiting, oldest, error = sql.run(look.connection, "health_outbox", late=look.now - _LATE).one()
    if waiting:
        why = f": {error}" if error else ""
        yield wrong(f"{waiting} undelivered, the oldest of {oldest:%Y-%m-%d %H:%M} UTC{why}")
    else:
        yield fine("nothing waits")


@sign("mail set aside", "`consistency alert mails` says why; then `consistency alert resend` or `discard`")
def _set_aside(look: Look) -> Iterator[Word]:
    """A message cannot be read, or a recipient's server refuses it for good: nobody gets it until somebody decides."""
    left = outbox.undelivered(look.connection)
    yield wrong(f"{left.set_aside} are set aside: {left.last_error}") if left.set_aside else fine("none")


@sign("channel", "set what is missing, or mend what the channel leads to; what waits for it is delivered by itself")
def _channels(look: Look) -> Iterator[Word]:
    """A channel that a route names cannot be used, or lets nothing through."""
    failing = {one.name: one for one in outbox.failing(look.connection)}
    for name in routing.named_channels(look.rt.source):
        known = look.rt.source.alerts.channel(name)
        trouble = None  # of mail two more signs say whether it can be used
        if known is None or known.kind is not Kind.MAIL:
            trouble = routing.unusable(name, look.rt.source, look.rt.settings, look.environ)
        if name in failing:
            one = failing[name]
            trouble = f"lets nothing through since {one.since:%Y-%m-%d %H:%M} UTC: {one.last_error}"
        yield fine("usable", of=name) if trouble is None else wrong(trouble.partition("; ")[0], of=name)


@sign("mail recipients", "name addresses in CONSISTENCY_ALERT_EMAILS, or `recipients` of the source or channel")
def _recipients(look: Look) -> Iterator[Word]:
    """Nobody is named to be told, or what is named is no address; a demonstration without a server may do so."""
    source = look.rt.source
    named = routing.named_channels(source)
    channels = [channel for name in named if (channel := source.alerts.channel(name)) and channel.kind is Kind.MAIL]
    addresses = [address for channel in channels for address in routing.recipients(channel, source)]
    wrong_ones = [address for address in addresses if not _ADDRESS.fullmatch(address)]
    is_quiet = marker.read_marker(look.connection) is not marker.Environment.OPERATIONAL
    if wrong_ones:
        yield wrong(f"'{wrong_ones[0]}' is no address")
    elif addresses or not channels or (is_quiet and look.rt.settings.smtp_url is None):
        yield fine(f"{len(addresses)} named")
    else:
        yield wrong("nobody is named")


@sign(
    "mail channel", "correct CONSISTENCY_SMTP_URL, or start that server and let this machine reach it", database=False
)
def _channel(look: Look) -> Iterator[Word]:
    """The mail server cannot be reached, is not one, or its URL is wrong."""
    if look.rt.settings.smtp_url is None:
        folder = look.rt.source.folder(look.rt.settings.var / "outbox")
        yield fine(f"no server is configured: mails are files under {folder}")
        return
    if not _ADDRESS.fullmatch(look.rt.settings.mail_from.rpartition("<")[2].rstrip(">")):
        yield wrong("the sender is no address", "correct CONSISTENCY_MAIL_FROM")
        return
    try:
        server = smtp.parse_server(look.rt.settings.smtp_url)
    except ConfigurationError as error:
        yield wrong(str(error).partition("; ")[0])
        return
    try:
        _greet(server)
    except (smtplib.SMTPException, OSError) as error:
        yield wrong(f"{server.host}:{server.port} cannot be reached ({type(error).__name__})")
    else:
        yield fine(f"{server.host}:{server.port} answers")


def _greet(server: smtp.Server) -> None:
    """As far as its greeting; nobody signs in, nothing is sent."""
    if server.tls:
        context = ssl.create_default_context()
        with smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=context) as client:
            client.noop()
    else:
        with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as client:
            client.noop()


@sign("untold", "the DAG consistency_check must run as a whole: its tasks `check` and `tell` do")
def _untold(look: Look) -> Iterator[Word]:
    """A critical finding or an incident is over an hour old, and no message has named it."""
    findings, stopped = sql.run(look.connection, "health_untold", late=look.now - _UNTOLD).one()
    if findings or stopped:
        yield wrong(f"{findings} critical findings and {stopped} incidents were told nobody")
    else:
        yield fine("nothing")
