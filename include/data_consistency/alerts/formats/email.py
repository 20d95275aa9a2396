"""A message as an e-mail: plain text and HTML, with headers that cannot be broken out of and that hold a thread."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from data_consistency.alerts.blocks import Message
from data_consistency.alerts.channels.outcomes import Undeliverable
from data_consistency.alerts.formats import html, text
from data_consistency.alerts.safety import one_line
from data_consistency.alerts.speech import Speech
from data_consistency.rules import Severity

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST_LINE = 998  # that a mail server must take
_DOMAIN = "data-consistency.invalid"


def build(message: Message, speech: Speech, *, sender: str, recipients: Sequence[str], at: datetime) -> EmailMessage:
    """The e-mail of a message.

    The same message has the same Message-ID, whenever and to whom it is sent, so that who gets it twice can tell.

    Args:
        message: what to say.
        speech: how it is said.
        sender: bare address.
        recipients: bare addresses; none: the mail names no recipient (it is going to a file).
        at: time of the mail, with its zone.

    Raises:
        Undeliverable: an address cannot be used.
    """
    mail = EmailMessage()
    again = "Re: " if message.thread else ""
    # An encoded word in a subject would be decoded by the library, line ends included.
    mail["Subject"] = one_line(f"{again}{speech.subject}".replace("=?", "= ?"))
    mail["From"] = _address(sender, "CONSISTENCY_MAIL_FROM")
    if recipients:
        mail["To"] = ", ".join(_address(recipient, "recipients of alerts") for recipient in recipients)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(message.fingerprint)
    if message.thread:
        mail["In-Reply-To"] = mail["References"] = message_id(message.root)
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity is Severity.CRITICAL and not speech.over:
        mail["Importance"] = "high"
    mail.set_content(text.render(speech), cte="quoted-printable")
    mail.add_alternative(html.render(speech), subtype="html", cte="quoted-printable")
    return mail


def to_bytes(mail: EmailMessage) -> bytes:
    """The mail as it travels. A subject of ASCII stays on one line: folded, it may be read with a blank before it."""
    longest = _LONGEST_LINE if str(mail["Subject"]).isascii() else SMTP.max_line_length
    return mail.as_bytes(policy=SMTP.clone(max_line_length=longest))


def message_id(fingerprint: str) -> str:
    """What a mail is known by."""
    return f"<{fingerprint}@{_DOMAIN}>"


def _address(value: str, setting: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise Undeliverable(f"{setting}: {one_line(value)!r} is not a bare mail address; use name@example.org")
    return value
