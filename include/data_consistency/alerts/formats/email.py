"""A message as an e-mail: plain text and HTML, with headers that cannot be broken out of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path

from data_consistency.alerts.message import Link, Message, one_line
from data_consistency.errors import ConfigurationError
from data_consistency.rules import Severity

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_COLOURS = {Severity.CRITICAL: "#b3261e", Severity.WARNING: "#8a5300", Severity.INFO: "#1f5fa8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a message went."""

    channel: str  # smtp or file
    recipients: int
    refused: int = 0  # recipients the server did not take while it took others
    written_to: Path | None = None


def build(message: Message, *, sender: str, recipients: Sequence[str], at: datetime) -> EmailMessage:
    """The e-mail of a message.

    Args:
        message: what to say.
        sender: bare address.
        recipients: bare addresses; none: the mail names no recipient (it is going to a file).
        at: time of the mail, with its zone.

    Raises:
        ConfigurationError: an address cannot be used.
    """
    mail = EmailMessage()
    # An encoded word in a subject would be decoded by the library, line ends included.
    mail["Subject"] = one_line(message.subject.replace("=?", "= ?"))
    mail["From"] = _address(sender, "CONSISTENCY_MAIL_FROM")
    if recipients:
        mail["To"] = ", ".join(_address(recipient, "CONSISTENCY_ALERT_EMAILS") for recipient in recipients)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.fingerprint}@data-consistency.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity is Severity.CRITICAL:
        mail["Importance"] = "high"
    mail.set_content(render_text(message), cte="quoted-printable")
    mail.add_alternative(render_html(message), subtype="html", cte="quoted-printable")
    return mail


def render_text(message: Message) -> str:
    """The message for readers that show no HTML."""
    links = [f"{one_line(link.text, None)}: {one_line(link.url, None)}" for link in message.links]
    parts = [[one_line(message.subject)], [one_line(line, None) for line in message.lines], links]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def render_html(message: Message) -> str:
    """The message as a small HTML page without scripts, styles sheets or pictures to load."""
    lines = "\n".join(f"<p>{escape(one_line(line, None))}</p>" for line in message.lines)
    links = "\n".join(_anchor(link) for link in message.links)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark"></head>\n'
        '<body style="font-family: system-ui, sans-serif; line-height: 1.45; max-width: 42rem; margin: 1rem auto">\n'
        f'<h1 style="font-size: 1.2rem; border-left: 4px solid {_COLOURS[message.severity]}; padding-left: .6rem">'
        f"{escape(one_line(message.subject))}</h1>\n{lines}\n{links}\n</body>\n</html>\n"
    )


def _anchor(link: Link) -> str:
    return f'<p><a href="{escape(one_line(link.url, None))}">{escape(one_line(link.text, None))}</a></p>'


def _address(value: str, setting: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ConfigurationError(f"{setting}={one_line(value)!r}: not a bare mail address; use name@example.org")
    return value
