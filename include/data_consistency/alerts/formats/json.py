"""A message for machines: the typed blocks, and the words beside them."""

from typing import Any

from data_consistency.alerts.blocks import Message
from data_consistency.alerts.codec import as_data
from data_consistency.alerts.formats import text
from data_consistency.alerts.speech import Speech

VERSION = 1


def render(message: Message, speech: Speech) -> dict[str, Any]:
    """The payload; what is added later raises no version, what changes its meaning does."""
    return {
        "version": VERSION,
        "id": message.fingerprint,
        "thread": message.root,
        "what": message.what.value,
        "severity": message.severity.value,
        "source": message.source or None,
        "at": f"{message.at.isoformat()}Z",
        "run": message.run or None,
        "subject": speech.subject,
        "alerts": [as_data(trouble) for trouble in message.troubles],
        **({"report": as_data(message.report)} if message.report else {}),
        "text": text.render(speech),
    }
