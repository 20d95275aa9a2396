"""What can become of a message on its way; `DeliveryFailed` itself means that the channel lets nothing through."""

from dataclasses import dataclass
from pathlib import Path

from data_consistency.errors import DeliveryFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message was handed over."""

    channel: str  # smtp, file, slack, ...
    recipients: int = 1
    written_to: Path | None = None


class Postponed(DeliveryFailed):
    """Not this message to this recipient, not now: others may get through."""


class Undeliverable(DeliveryFailed):
    """Never this message to this recipient: it is set aside and told."""
