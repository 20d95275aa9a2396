"""What every channel is handed: the message as it is to be said, and where to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from data_consistency.alerts.blocks import Message
from data_consistency.alerts.speech import Speech
from data_consistency.errors import DeliveryFailed
from data_consistency.routes import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in the words of its reader."""

    message: Message
    speech: Speech
    at: datetime  # of the message, with its zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a letter goes; secrets are looked up in the environment when they are needed."""

    channel: Channel
    recipients: tuple[str, ...]  # of mail
    sender: str
    smtp_url: str | None
    folder: Path  # of files
    environ: Mapping[str, str] = field(repr=False)

    def secret(self, variable: str) -> str:
        """The value of a variable.

        Raises:
            DeliveryFailed: it is not set; the message stays until it is.
        """
        if value := self.environ.get(variable, "").strip():
            return value
        raise DeliveryFailed(f"channel '{self.channel.name}': the variable {variable} is not set; set it")
