"""The mail server: one connection a mail, with time-outs and without secrets in errors."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from data_consistency.alerts.formats.email import Delivery
from data_consistency.errors import ConfigurationError, DeliveryFailed

TIMEOUT_SECONDS = 15.0
_PORTS = {"smtp": 25, "smtps": 465}
_NEXT = "the mail stays in the outbox; check CONSISTENCY_SMTP_URL and the server"
_USAGE = "use smtp://[user:password@]host[:port][?starttls=true] or smtps://[user:password@]host[:port]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server; the password is kept out of `repr`."""

    host: str
    port: int
    tls: bool  # from the first byte
    starttls: bool  # asked for after the greeting
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        """Host and port only: this text may reach a log."""
        return f"Server({self.host}:{self.port})"


def parse_server(url: str) -> Server:
    """Read CONSISTENCY_SMTP_URL.

    A login without TLS would send the password in the clear, so `starttls` is the default when there is a user.

    Raises:
        ConfigurationError: not a URL of a mail server; the message does not repeat it, it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"CONSISTENCY_SMTP_URL: not a URL; {_USAGE}") from error
    options = parse_qs(parts.query, keep_blank_values=True)
    starttls = options.pop("starttls", ["true" if parts.username else "false"])[-1]
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or options:
        raise ConfigurationError(f"CONSISTENCY_SMTP_URL: not a mail server; {_USAGE}")
    if starttls not in {"true", "false"}:
        raise ConfigurationError("CONSISTENCY_SMTP_URL: starttls is true or false")
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=tls,
        starttls=starttls == "true" and not tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
    )


def deliver(
    mail: EmailMessage, server: Server, *, recipients: Sequence[str], context: ssl.SSLContext | None = None
) -> Delivery:
    """Hand a mail to the server.

    Args:
        mail: complete, with its headers.
        server: where to.
        recipients: bare addresses.
        context: for TLS; None: the system's certificates.

    Raises:
        DeliveryFailed: nobody to send to, the server did not answer or took no recipient.
    """
    if not recipients:
        raise DeliveryFailed("CONSISTENCY_ALERT_EMAILS is empty: nobody to send mail to; name at least one address")
    context = context or ssl.create_default_context()
    try:
        with _connect(server, context) as client:
            if server.starttls:
                client.starttls(context=context)
            if server.user is not None:
                client.login(server.user, server.password or "")
            refused = client.send_message(mail, to_addrs=list(recipients))
    except smtplib.SMTPResponseException as error:
        # The server's text is left out: it may repeat what it was sent.
        raise DeliveryFailed(f"{server.host}:{server.port}: refused with {error.smtp_code}; {_NEXT}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryFailed(
            f"{server.host}:{server.port}: took none of {len(error.recipients)} recipients;"
            " check CONSISTENCY_ALERT_EMAILS"
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"{server.host}:{server.port}: {type(error).__name__}; {_NEXT}") from error
    return Delivery(channel="smtp", recipients=len(recipients) - len(refused), refused=len(refused))


def _connect(server: Server, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
