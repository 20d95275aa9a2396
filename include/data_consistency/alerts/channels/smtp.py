"""The mail server: one connection a mail, with time-outs and without secrets or addresses in errors."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from data_consistency.alerts.channels.outcomes import Postponed, Undeliverable
from data_consistency.alerts.formats import email
from data_consistency.errors import ConfigurationError, DeliveryFailed

TIMEOUT_SECONDS = 15.0
_PORTS = {"smtp": 25, "smtps": 465}
_NEXT = "the mail stays in the outbox; check CONSISTENCY_SMTP_URL and the server"
_USAGE = "use smtp://[user:password@]host[:port][?starttls=true] or smtps://[user:password@]host[:port]"
# What a server says of a recipient alone. Others of its refusals are about us: they end for all at once.
_NO_SUCH_RECIPIENT = frozenset({501, 511, 513, 521, 550, 551, 552, 553, 556})


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


def send(
    mail: EmailMessage, server: Server, *, recipients: Sequence[str], context: ssl.SSLContext | None = None
) -> None:
    """Hand a mail to the server, for all recipients or for none.

    Args:
        mail: complete, with its headers.
        server: where to.
        recipients: bare addresses.
        context: for TLS; None: the system's certificates.

    Raises:
        DeliveryFailed: the server did not answer, or refuses us; or took the mail and its answer was lost, so that
            the mail is sent again under the same Message-ID.
        Postponed: it does not take this mail, or this recipient, now.
        Undeliverable: it never will.
    """
    context = context or ssl.create_default_context()
    where = f"{server.host}:{server.port}"
    with _as_ours(where), _connect(server, context) as client:
        if server.starttls:
            client.starttls(context=context)
        if server.user is not None:
            client.login(server.user, server.password or "")
        client.ehlo_or_helo_if_needed()
        code, _ = client.mail(mail["From"].addresses[0].addr_spec)
        if code != 250:
            raise DeliveryFailed(f"{where}: refused the sender with {code}; {_NEXT}")
        for recipient in recipients:
            _judge(where, "the recipient", *client.rcpt(recipient), of_recipient=True)
        _data(client, where, email.to_bytes(mail))


def _data(client: smtplib.SMTP, where: str, content: bytes) -> None:
    """The mail itself; from here on a lost connection leaves open whether the server has it."""
    try:
        code, _ = client.data(content)
    except smtplib.SMTPDataError as error:
        _judge(where, "the mail", error.smtp_code, b"", of_recipient=False)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise DeliveryFailed(
            f"{where}: {type(error).__name__} while the mail was handed over: whether it arrived is not known, so it is"
            " sent again under the same Message-ID"
        ) from error
    else:
        _judge(where, "the mail", code, b"", of_recipient=False)


def _judge(where: str, what: str, code: int, _text: bytes, *, of_recipient: bool) -> None:
    """What an answer means; the server's text is left out, it may repeat what it was sent."""
    if 200 <= code < 300:
        return
    if 400 <= code < 500:
        raise Postponed(f"{where}: does not take {what} now ({code}); it is tried again")
    if not of_recipient or code in _NO_SUCH_RECIPIENT:
        raise Undeliverable(f"{where}: refused {what} with {code}; correct it, then `consistency alert resend`")
    raise DeliveryFailed(f"{where}: refused {what} with {code}; {_NEXT}")


@contextmanager
def _as_ours(where: str) -> Iterator[None]:
    """What the library says, without what it was told."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(f"{where}: refused with {error.smtp_code}; {_NEXT}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"{where}: {type(error).__name__}; {_NEXT}") from error


@contextmanager
def _connect(server: Server, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """A connection; how it is closed is nobody's concern once the mail is handed over."""
    if server.tls:
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        yield client
    finally:
        try:
            client.quit()
        except (smtplib.SMTPException, OSError):
            client.close()
