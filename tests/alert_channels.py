"""How a test hands a message to a channel."""

from dataclasses import replace
from pathlib import Path

from data_consistency import alerts
from data_consistency.alerts.blocks import Message
from data_consistency.alerts.channels.outcomes import Delivery
from data_consistency.config import Settings, load_settings
from data_consistency.project import shipped
from data_consistency.routes import MAIL, Channel, Kind
from data_consistency.sources import load_sources
from tests.alert_messages import MESSAGES

ON_MAIL = Channel(name=MAIL, kind=Kind.MAIL)
BOTH = ("a@example.org", "b@example.org")
SOURCE = load_sources(shipped(), {"CONSISTENCY_ALERT_EMAILS": ", ".join(BOTH)})["default"]
TOLD = MESSAGES["opened"]


def settings_in(folder: Path) -> Settings:
    """Settings without a mail server."""
    return replace(load_settings(shipped(), {}), var=folder, mail_from="dc@example.org")


def send(settings: Settings, *to: str, message: Message = TOLD, channel: Channel = ON_MAIL, **environ: str) -> Delivery:
    """Hand a message to a channel."""
    return alerts.deliver(message, channel, recipients=to, settings=settings, source=SOURCE, environ=environ)
