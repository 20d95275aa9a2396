"""A mail server for tests: keeps what it received."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Keeps the mails a real SMTP server received."""

    def __init__(self) -> None:
        """Start empty."""
        self.mails: list[bytes] = []
        self._recipients: list[list[str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        """Accept one mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self._recipients.append(list(envelope.rcpt_tos))
        return "250 OK"

    def subjects(self) -> list[str]:
        """Subjects, in the order of arrival."""
        return [str(_parsed(mail)["Subject"]) for mail in self.mails]

    def parsed(self) -> list[EmailMessage]:
        """The mails, in the order of arrival."""
        return [_parsed(mail) for mail in self.mails]

    def to(self, address: str) -> list[EmailMessage]:
        """The mails that one recipient got."""
        return [_parsed(mail) for mail, to in zip(self.mails, self._recipients, strict=True) if address in to]


def _parsed(mail: bytes) -> EmailMessage:
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(mailbox: Mailbox, port: int | None = None) -> Iterator[str]:
    """A real SMTP server; its URL."""
    port = port or free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
