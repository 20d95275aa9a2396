"""The channel without a mail server: mails as files any mail program opens."""

import os
from email.message import EmailMessage
from pathlib import Path

from data_consistency.alerts.formats.email import Delivery
from data_consistency.alerts.message import Message
from data_consistency.errors import DeliveryFailed


def write(mail: EmailMessage, message: Message, folder: Path) -> Delivery:
    """Write a mail as `<kind>-<fingerprint>.eml`; the same message replaces its own file.

    Raises:
        DeliveryFailed: the folder cannot be written.
    """
    kind = "".join(letter for letter in message.kind if letter.isascii() and letter.isalnum()) or "message"
    path = folder / f"{kind}-{message.fingerprint}.eml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{path.name}.{os.getpid()}"
        partial.write_bytes(mail.as_bytes())
        partial.replace(path)
    except OSError as error:
        raise DeliveryFailed(f"{folder}: cannot be written ({error.strerror}); free or permit the folder") from error
    recipients = mail.get_all("To", [])
    return Delivery(channel="file", recipients=sum(len(header.addresses) for header in recipients), written_to=path)
