"""Telling people: one message, two renderings, two channels.

`send` hands a message to the mail server of the settings; without one it writes an `.eml` file to var/outbox/.
"""

from datetime import datetime

from data_consistency.alerts.channels import file, smtp
from data_consistency.alerts.formats import email
from data_consistency.alerts.formats.email import Delivery
from data_consistency.alerts.message import Message
from data_consistency.config import Settings, utc_now
from data_consistency.sources import Source

__all__ = ["Delivery", "Message", "send"]

OUTBOX = "outbox"  # folder under var/


def send(message: Message, settings: Settings, source: Source, *, now: datetime | None = None) -> Delivery:
    """Deliver one message about a source by the channel of the settings.

    Sending the same message twice yields the same Message-ID and, for files, the same file.

    Raises:
        ConfigurationError: CONSISTENCY_SMTP_URL or an address cannot be used.
        DeliveryFailed: the channel did not take it; it may be tried again.
    """
    mail = email.build(
        message, sender=settings.mail_from, recipients=source.recipients, at=now if now is not None else utc_now()
    )
    if settings.smtp_url is None:
        return file.write(mail, message, source.folder(settings.var / OUTBOX))
    return smtp.deliver(mail, smtp.parse_server(settings.smtp_url), recipients=source.recipients)
