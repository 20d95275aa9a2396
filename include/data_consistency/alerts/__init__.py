"""Telling people: what an alert goes through, what is said of it, how it looks and how it travels.

`deliver` is the one way out: a message of typed blocks is said in its reader's language and handed to a channel.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC

from data_consistency.alerts.blocks import Message, Reader
from data_consistency.alerts.channels import file, mail, slack, teams, webhook
from data_consistency.alerts.channels.letter import Letter, Target
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.alerts.speech import speak
from data_consistency.config import Settings
from data_consistency.routes import Channel, Kind
from data_consistency.sources import Source

__all__ = ["Delivery", "Message", "deliver"]

OUTBOX = "outbox"  # folder under var/
CHANNELS: Mapping[Kind, Callable[[Letter, Target], Delivery]] = {
    Kind.MAIL: mail.deliver,
    Kind.FILE: file.deliver,
    Kind.SLACK: slack.deliver,
    Kind.TEAMS: teams.deliver,
    Kind.WEBHOOK: webhook.deliver,
}


def deliver(
    message: Message,
    channel: Channel,
    *,
    recipients: tuple[str, ...],
    settings: Settings,
    source: Source,
    environ: Mapping[str, str] | None = None,
) -> Delivery:
    """Hand one message about a source to one channel.

    The same message has the same identity in every channel, however often it is handed over.

    Args:
        message: what to say.
        channel: how it travels.
        recipients: of mail.
        settings: of this process.
        source: the watched database.
        environ: where secrets of channels stand; None: the process's own.

    Raises:
        DeliveryFailed: the channel lets nothing through.
        Postponed: it does not take this message now.
        Undeliverable: it never will.
        ConfigurationError: CONSISTENCY_SMTP_URL is none.
    """
    reader = Reader(language=source.alerts.route(message.route).language.value, zone=str(settings.report_timezone))
    letter = Letter(message=message, speech=speak(message, reader), at=message.at.replace(tzinfo=UTC))
    target = Target(
        channel=channel,
        recipients=recipients,
        sender=settings.mail_from,
        smtp_url=settings.smtp_url,
        folder=source.folder(settings.var / OUTBOX),
        environ=os.environ if environ is None else environ,
    )
    return CHANNELS[channel.kind](letter, target)
