"""The channel without a server: mails as files that any mail program opens."""

import os

from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.formats import email
from data_consistency.errors import DeliveryFailed


def deliver(letter: Letter, target: Target) -> Delivery:
    """Write a mail as `<what>-<fingerprint>.eml`; the same message replaces its own file.

    Raises:
        DeliveryFailed: the folder cannot be written.
        Undeliverable: an address of the settings is none.
    """
    message, folder = letter.message, target.folder
    mail = email.build(message, letter.speech, sender=target.sender, recipients=target.recipients, at=letter.at)
    path = folder / f"{message.what.value}-{message.fingerprint}.eml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{path.name}.{os.getpid()}"
        partial.write_bytes(email.to_bytes(mail))
        partial.replace(path)
    except OSError as error:
        raise DeliveryFailed(f"{folder}: cannot be written ({error.strerror}); free or permit the folder") from error
    return Delivery(channel="file", recipients=len(target.recipients), written_to=path)
