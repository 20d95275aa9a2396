"""Channels: a real mail server on this machine, and files when there is none."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from data_consistency import alerts
from data_consistency.alerts import message
from data_consistency.alerts.channels import smtp
from data_consistency.alerts.formats import email
from data_consistency.config import Settings, load_settings
from data_consistency.errors import ConfigurationError, DeliveryFailed
from data_consistency.project import shipped
from data_consistency.rules import Severity
from data_consistency.sources import load_sources

AT = datetime(2025, 10, 20, 5, 30, tzinfo=UTC)


class Inbox:
    """Keeps what the server took; refuses the recipients it is told to."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refused: set[str] = set()
        self.logins: list[bytes] = []

    async def handle_RCPT(  # the name and signature aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail."""
        self.envelopes.append(envelope)
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Take the login of one user."""
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"s3cret/+", handled=False)


def free_port() -> int:
    """A port nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def inbox() -> Inbox:
    """What the server keeps."""
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    """A mail server of this test."""
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=inbox.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings without a mail server."""
    return replace(load_settings(shipped(), {}), var=tmp_path, mail_from="dc@example.org")


_ENVIRONMENT = {"CONSISTENCY_ALERT_EMAILS": "a@example.org, b@example.org"}
SOURCE = load_sources(shipped(), _ENVIRONMENT)["default"]  # with two recipients


@pytest.fixture
def told() -> message.Message:
    """Some message."""
    return message.Message(
        kind="findings", severity=Severity.WARNING, subject="Grüße: 3", lines=("calls: 3",), dedupe_key="findings:1"
    )


def test_send_reaches_the_mail_server(
    inbox: Inbox, server: Controller, settings: Settings, told: message.Message
) -> None:
    """With a server in the settings, the mail arrives there, at every recipient."""
    configured = replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")

    delivery = alerts.send(told, configured, SOURCE, now=AT)

    assert delivery == alerts.Delivery(channel="smtp", recipients=2)
    assert inbox.envelopes[0].rcpt_tos == ["a@example.org", "b@example.org"]
    content = inbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert message_from_bytes(content, policy=policy.default)["Subject"] == "Grüße: 3"


def test_send_counts_refused_recipients(
    inbox: Inbox, server: Controller, settings: Settings, told: message.Message
) -> None:
    """One bad address does not keep the mail from the others."""
    inbox.refused = {"b@example.org"}
    configured = replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")

    delivery = alerts.send(told, configured, SOURCE, now=AT)

    assert delivery == alerts.Delivery(channel="smtp", recipients=1, refused=1)


def test_send_fails_when_nobody_is_taken(
    inbox: Inbox, server: Controller, settings: Settings, told: message.Message
) -> None:
    """A mail nobody gets is not delivered."""
    inbox.refused = set(SOURCE.recipients)
    configured = replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")

    with pytest.raises(DeliveryFailed, match="none of 2 recipients"):
        alerts.send(told, configured, SOURCE, now=AT)


def test_send_fails_when_the_server_is_gone(settings: Settings, told: message.Message) -> None:
    """An unreachable server is named with its port and the next step."""
    port = free_port()

    with pytest.raises(DeliveryFailed, match=f"127.0.0.1:{port}: ConnectionRefusedError; the mail stays"):
        alerts.send(told, replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"), SOURCE, now=AT)


def test_send_fails_without_recipients(settings: Settings, told: message.Message) -> None:
    """A server without anybody to write to is a mistake of the settings that must be seen."""
    with pytest.raises(DeliveryFailed, match="CONSISTENCY_ALERT_EMAILS is empty"):
        alerts.send(told, replace(settings, smtp_url="smtp://127.0.0.1:25"), replace(SOURCE, recipients=()), now=AT)


def test_send_logs_in(inbox: Inbox, server: Controller, settings: Settings, told: message.Message) -> None:
    """User and password of the URL may hold escaped characters."""
    url = f"smtp://us%40er:s3cret%2F%2B@127.0.0.1:{server.port}?starttls=false"

    delivery = alerts.send(told, replace(settings, smtp_url=url), SOURCE, now=AT)

    assert delivery.recipients == 2
    assert inbox.logins == [b"us@er"]


def test_send_never_repeats_a_password(
    inbox: Inbox, server: Controller, settings: Settings, told: message.Message
) -> None:
    """A refused login is an error that names the server, not the secret."""
    url = f"smtp://user:hunter2@127.0.0.1:{server.port}?starttls=false"

    with pytest.raises(DeliveryFailed, match="refused with 535") as error:
        alerts.send(told, replace(settings, smtp_url=url), SOURCE, now=AT)

    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(smtp.parse_server(url))


def test_send_refuses_a_login_in_the_clear(server: Controller, settings: Settings, told: message.Message) -> None:
    """With a user in the URL the server must offer TLS unless the URL says otherwise."""
    url = f"smtp://user:pw@127.0.0.1:{server.port}"

    with pytest.raises(DeliveryFailed, match="SMTPNotSupportedError"):
        alerts.send(told, replace(settings, smtp_url=url), SOURCE, now=AT)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Certificate and key of 127.0.0.1 in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    path = tmp_path / "server.pem"
    path.write_bytes(pem)
    return path


@pytest.fixture
def tls_server(inbox: Inbox, certificate: Path) -> Iterator[Controller]:
    """A mail server that takes nothing before STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=inbox.authenticate,
        tls_context=context,
        require_starttls=True,
    )
    controller.start()
    yield controller
    controller.stop()


def test_deliver_logs_in_after_starttls(
    inbox: Inbox, tls_server: Controller, certificate: Path, told: message.Message
) -> None:
    """A user in the URL means: encrypt first, then log in."""
    where = smtp.parse_server(f"smtp://us%40er:s3cret%2F%2B@127.0.0.1:{tls_server.port}")
    mail = email.build(told, sender="dc@example.org", recipients=["a@example.org"], at=AT)

    delivery = smtp.deliver(
        mail, where, recipients=["a@example.org"], context=ssl.create_default_context(cafile=str(certificate))
    )

    assert delivery.recipients == 1
    assert inbox.logins == [b"us@er"]


def test_send_refuses_a_certificate_nobody_vouches_for(
    inbox: Inbox, tls_server: Controller, settings: Settings, told: message.Message
) -> None:
    """A stranger between us and the server gets neither mail nor password."""
    url = f"smtp://user:pw@127.0.0.1:{tls_server.port}"

    with pytest.raises(DeliveryFailed, match="SSLCertVerificationError"):
        alerts.send(told, replace(settings, smtp_url=url), SOURCE, now=AT)

    assert (inbox.envelopes, inbox.logins) == ([], [])


def test_send_over_tls_needs_a_tls_server(server: Controller, settings: Settings, told: message.Message) -> None:
    """The scheme smtps speaks TLS from the first byte, so a plain server fails it."""
    with pytest.raises(DeliveryFailed, match="SSLError"):
        alerts.send(told, replace(settings, smtp_url=f"smtps://127.0.0.1:{server.port}"), SOURCE, now=AT)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.org",
        "smtp://",
        "smtp://host:port",
        "smtp://host/path",
        "smtp://host?tls=1",
        "smtp://host?starttls=maybe",
        "smtp://[",
    ],
)
def test_parse_server_refuses_other_urls(url: str) -> None:
    """A URL that is not understood as a whole is refused, by the name of its setting."""
    with pytest.raises(ConfigurationError, match="CONSISTENCY_SMTP_URL"):
        smtp.parse_server(url)


def test_parse_server_knows_its_defaults() -> None:
    """Ports and TLS follow the scheme; a login asks for STARTTLS."""
    plain, login, tls = (smtp.parse_server(url) for url in ("smtp://h", "smtp://u:p@h:587", "smtps://u:p@h"))

    assert (plain.port, plain.tls, plain.starttls) == (25, False, False)
    assert (login.port, login.tls, login.starttls) == (587, False, True)
    assert (tls.port, tls.tls, tls.starttls) == (465, True, False)


def test_send_without_a_server_writes_one_file(settings: Settings, told: message.Message) -> None:
    """Without a server the mail is a file; telling it again does not make a second one."""
    first = alerts.send(told, settings, SOURCE, now=AT)
    alerts.send(told, settings, SOURCE)

    files = list((settings.var / "outbox").iterdir())
    assert first.written_to is not None
    assert files == [first.written_to]
    assert first.channel == "file"
    assert first.recipients == 2
    assert message_from_bytes(files[0].read_bytes(), policy=policy.default)["Subject"] == "Grüße: 3"


def test_send_without_recipients_still_writes_the_file(settings: Settings, told: message.Message) -> None:
    """A fresh installation names nobody; its mails can be read all the same."""
    delivery = alerts.send(told, settings, replace(SOURCE, recipients=()), now=AT)

    assert delivery.recipients == 0


def test_send_fails_when_the_folder_is_blocked(settings: Settings, told: message.Message) -> None:
    """A folder that cannot be made is named."""
    (settings.var / "outbox").write_text("not a folder")

    with pytest.raises(DeliveryFailed, match="outbox: cannot be written"):
        alerts.send(told, settings, SOURCE, now=AT)
