"""Mail: by the server of the settings, and as a file where none is named."""

from data_consistency.alerts.channels import file, smtp
from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.formats import email
from data_consistency.errors import DeliveryFailed


def deliver(letter: Letter, target: Target) -> Delivery:
    """Hand a mail over.

    Raises:
        DeliveryFailed: nobody is named, or the server lets nothing through.
        Postponed: the server takes it later.
        Undeliverable: the server, or the form of an address, says never.
        ConfigurationError: CONSISTENCY_SMTP_URL is none.
    """
    if target.smtp_url is None:
        return file.deliver(letter, target)
    if not target.recipients:
        raise DeliveryFailed(
            f"channel '{target.channel.name}': nobody to send mail to; name at least one address in"
            " CONSISTENCY_ALERT_EMAILS or as recipients of the source"
        )
    mail = email.build(letter.message, letter.speech, sender=target.sender, recipients=target.recipients, at=letter.at)
    smtp.send(mail, smtp.parse_server(target.smtp_url), recipients=target.recipients)
    return Delivery(channel="smtp", recipients=len(target.recipients))
