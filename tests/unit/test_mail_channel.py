"""The channel of mails: a real mail server on this machine, and files when there is none."""

import socket
import ssl
import threading
from collections.abc import Iterator
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

from data_consistency.alerts.blocks import Reader
from data_consistency.alerts.channels import smtp
from data_consistency.alerts.channels.outcomes import Delivery, Postponed, Undeliverable
from data_consistency.alerts.formats import email
from data_consistency.alerts.speech import speak
from data_consistency.config import Settings
from data_consistency.errors import ConfigurationError, DeliveryFailed
from data_consistency.routes import Channel, Kind
from tests.alert_channels import BOTH, TOLD, send, settings_in
from tests.mailbox import free_port
from tests.patience import PATIENCE


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings without a mail server."""
    return settings_in(tmp_path)


class Inbox:
    """Keeps what the server took; answers as it is told to."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refused: dict[str, str] = {}  # address: answer
        self.answer = "250 OK"  # to a mail
        self.logins: list[bytes] = []

    async def handle_RCPT(  # the name and signature aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail."""
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Take the login of one user."""
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"s3cret/+", handled=False)


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


def by_server(settings: Settings, server: Controller) -> Settings:
    """The same settings, with a mail server."""
    return replace(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")


def test_a_mail_reaches_its_recipient(inbox: Inbox, server: Controller, settings: Settings) -> None:
    """With a server in the settings the mail arrives there, dated as the message."""
    delivery = send(by_server(settings, server), "a@example.org")

    assert Delivery(channel="smtp", recipients=1) == delivery
    assert ["a@example.org"] == inbox.envelopes[0].rcpt_tos
    content = inbox.envelopes[0].content
    assert isinstance(content, bytes)
    mail = message_from_bytes(content, policy=policy.default)
    assert speak(TOLD, Reader(zone="Europe/Berlin")).subject == mail["Subject"]
    assert TOLD.at.replace(tzinfo=UTC) == mail["Date"].datetime


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 no such user", Undeliverable),
        ("553 bad address", Undeliverable),
        ("450 greylisted", Postponed),
        ("452 mailbox full", Postponed),
        ("530 authenticate first", DeliveryFailed),
        ("554 relay denied", DeliveryFailed),
    ],
)
def test_what_a_server_says_of_a_recipient(
    inbox: Inbox, server: Controller, settings: Settings, answer: str, error: type[DeliveryFailed]
) -> None:
    """Never, not now, or something that is about us; the address is in none of the errors."""
    inbox.refused = {"b@example.org": answer}

    with pytest.raises(error, match=answer[:3]) as raised:
        send(by_server(settings, server), "b@example.org")

    assert error is raised.type
    assert "b@example.org" not in str(raised.value)
    assert 1 == send(by_server(settings, server), "a@example.org").recipients


@pytest.mark.parametrize(
    ("answer", "error"), [("554 looks like spam", Undeliverable), ("451 try again later", Postponed)]
)
def test_what_a_server_says_of_a_mail(
    inbox: Inbox, server: Controller, settings: Settings, answer: str, error: type[DeliveryFailed]
) -> None:
    """A refused mail is set aside, one that is not taken now waits; neither stops others."""
    inbox.answer = answer

    with pytest.raises(error, match=f"the mail.*{answer[:3]}") as raised:
        send(by_server(settings, server), "a@example.org")

    assert error is raised.type


def test_a_server_that_is_gone_is_named(settings: Settings) -> None:
    """With its port and the next step."""
    port = free_port()

    with pytest.raises(DeliveryFailed, match=f"127.0.0.1:{port}: ConnectionRefusedError; the mail stays"):
        send(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"), "a@example.org")


@pytest.fixture
def forgetful() -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that takes a mail and dies before it says so; its port, and what it took."""
    taken: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 hello\r\n")
            stream.flush()
            while line := stream.readline():
                if line.upper().startswith(b"DATA"):
                    stream.write(b"354 go on\r\n")
                    stream.flush()
                    parts = list(iter(stream.readline, b".\r\n"))
                    taken.append(b"".join(parts))
                    return
                stream.write(b"250 OK\r\n")
                stream.flush()

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1], taken
    thread.join(PATIENCE)
    listener.close()


def test_an_answer_that_is_lost_is_said_to_be(forgetful: tuple[int, list[bytes]], settings: Settings) -> None:
    """Whether the mail arrived is not known: it is sent again, and who gets it twice can tell by its Message-ID."""
    port, taken = forgetful

    with pytest.raises(DeliveryFailed, match="whether it arrived is not known, so it is sent again under the same"):
        send(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}"), "a@example.org")

    assert 1 == len(taken)
    assert email.message_id(TOLD.fingerprint) == message_from_bytes(taken[0], policy=policy.default)["Message-ID"]


def test_a_server_with_nobody_to_write_to_is_a_mistake_that_is_seen(settings: Settings) -> None:
    """The settings name it."""
    with pytest.raises(DeliveryFailed, match="CONSISTENCY_ALERT_EMAILS"):
        send(replace(settings, smtp_url="smtp://127.0.0.1:25"))


def test_a_login_may_hold_escaped_characters(inbox: Inbox, server: Controller, settings: Settings) -> None:
    """User and password of the URL."""
    url = f"smtp://us%40er:s3cret%2F%2B@127.0.0.1:{server.port}?starttls=false"

    send(replace(settings, smtp_url=url), "a@example.org")

    assert [b"us@er"] == inbox.logins


def test_a_refused_login_repeats_no_password(inbox: Inbox, server: Controller, settings: Settings) -> None:
    """The error names the server, not the secret."""
    url = f"smtp://user:hunter2@127.0.0.1:{server.port}?starttls=false"

    with pytest.raises(DeliveryFailed, match="refused with 535") as error:
        send(replace(settings, smtp_url=url), "a@example.org")

    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(smtp.parse_server(url))


def test_no_password_goes_in_the_clear(server: Controller, settings: Settings) -> None:
    """With a user in the URL the server must offer TLS unless the URL says otherwise."""
    url = f"smtp://user:pw@127.0.0.1:{server.port}"

    with pytest.raises(DeliveryFailed, match="SMTPNotSupportedError"):
        send(replace(settings, smtp_url=url), "a@example.org")


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


def test_a_login_follows_starttls(inbox: Inbox, tls_server: Controller, certificate: Path) -> None:
    """A user in the URL means: encrypt first, then log in."""
    where = smtp.parse_server(f"smtp://us%40er:s3cret%2F%2B@127.0.0.1:{tls_server.port}")
    mail = email.build(TOLD, speak(TOLD, Reader()), sender="dc@example.org", recipients=["a@example.org"], at=TOLD.at)

    smtp.send(mail, where, recipients=["a@example.org"], context=ssl.create_default_context(cafile=str(certificate)))

    assert [b"us@er"] == inbox.logins
    assert 1 == len(inbox.envelopes)


def test_a_certificate_nobody_vouches_for_is_refused(inbox: Inbox, tls_server: Controller, settings: Settings) -> None:
    """A stranger between us and the server gets neither mail nor password."""
    url = f"smtp://user:pw@127.0.0.1:{tls_server.port}"

    with pytest.raises(DeliveryFailed, match="SSLCertVerificationError"):
        send(replace(settings, smtp_url=url), "a@example.org")

    assert ([], []) == (inbox.envelopes, inbox.logins)


def test_tls_from_the_first_byte_needs_a_server_that_speaks_it(server: Controller, settings: Settings) -> None:
    """The scheme smtps."""
    with pytest.raises(DeliveryFailed, match="SSLError"):
        send(replace(settings, smtp_url=f"smtps://127.0.0.1:{server.port}"), "a@example.org")


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


def test_without_a_server_a_mail_is_one_file(settings: Settings) -> None:
    """Telling it again does not make a second one."""
    first = send(settings, *BOTH)
    send(settings, *BOTH)

    (path,) = (settings.var / "outbox").iterdir()
    assert Delivery(channel="file", recipients=2, written_to=path) == first
    assert ", ".join(BOTH) == message_from_bytes(path.read_bytes(), policy=policy.default)["To"]


def test_without_recipients_there_is_a_file_all_the_same(settings: Settings) -> None:
    """A fresh installation names nobody; its mails can be read."""
    assert 0 == send(settings).recipients
    assert 1 == send(settings, "a@example.org", channel=Channel(name="kept", kind=Kind.FILE)).recipients


def test_a_folder_that_cannot_be_made_is_named(settings: Settings) -> None:
    """And nothing is lost: the message stays."""
    (settings.var / "outbox").write_text("not a folder")

    with pytest.raises(DeliveryFailed, match="outbox: cannot be written"):
        send(settings)
