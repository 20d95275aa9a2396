"""Telling people: one message, two renderings, two channels.

`send` hands a message to the mail server of the settings; without one it writes an `.eml` file to var/outbox/.
"""

from datetime import datetime

from data_consistency.config import Settings, utc_now
from data_consistency.notify import email, file, smtp
from data_consistency.notify.email import Delivery
from data_consistency.notify.message import Message

__all__ = ["Delivery", "Message", "send"]

OUTBOX = "outbox"  # folder under var/


def send(message: Message, settings: Settings, *, now: datetime | None = None) -> Delivery:
    """Deliver one message by the channel of the settings.

    Sending the same message twice yields the same Message-ID and, for files, the same file.

    Raises:
        ConfigurationError: CONSISTENCY_SMTP_URL or an address cannot be used.
        DeliveryFailed: the channel did not take it; it may be tried again.
    """
    mail = email.build(
        message, sender=settings.mail_from, recipients=settings.alert_emails, at=now if now is not None else utc_now()
    )
    if settings.smtp_url is None:
        return file.write(mail, message, settings.var / OUTBOX)
    return smtp.deliver(mail, smtp.parse_server(settings.smtp_url), recipients=settings.alert_emails)
