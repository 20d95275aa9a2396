"""What people answer to alerts: each is one transaction of the caller, the same for pages and commands."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.alerts import life as lives
from data_consistency.alerts.mutes import require_soon
from data_consistency.alerts.store import Alert, get, keep, lock, note
from data_consistency.errors import WrongUse


def acknowledge(connection: Connection, alert_ids: Sequence[int], *, actor: str, now: datetime) -> None:
    """Somebody takes alerts on: nobody else is called, and they are told again only if they grow or worsen.

    Raises:
        WrongUse: one is not open; none is changed.
    """
    lock(connection, now)
    for alert in _open(connection, alert_ids):
        kept = replace(alert, life=lives.acknowledged(alert.life, now), acknowledged_by=actor[:100])
        keep(connection, kept, now)
        note(connection, kept, "acknowledged", actor=actor, now=now)


def snooze(connection: Connection, alert_ids: Sequence[int], *, until: datetime, actor: str, now: datetime) -> None:
    """Nothing is told of alerts until then; what lasts is told again.

    Raises:
        WrongUse: one is not open, or the time is past or too far; none is changed.
    """
    require_soon(until, now)
    lock(connection, now)
    for alert in _open(connection, alert_ids):
        kept = replace(alert, life=lives.snoozed(alert.life, until))
        keep(connection, kept, now)
        note(connection, kept, "snoozed", actor=actor, now=now, detail=f"until {until:%Y-%m-%d %H:%M} UTC")


def close(connection: Connection, alert_ids: Sequence[int], *, actor: str, now: datetime) -> None:
    """Say that alerts are over, of what nobody looks at any more; what is seen again opens them anew.

    Raises:
        WrongUse: one is not open; none is changed.
    """
    lock(connection, now)
    for alert in _open(connection, alert_ids):
        kept = replace(alert, life=lives.closed(alert.life, now), places={})
        keep(connection, kept, now)
        note(connection, kept, "closed", actor=actor, now=now)


def _open(connection: Connection, alert_ids: Sequence[int]) -> list[Alert]:
    found = [get(connection, alert_id) for alert_id in dict.fromkeys(alert_ids)]
    for alert in found:
        if not alert.life.is_open:
            raise WrongUse(f"alert {alert.id} is not open; `consistency alert list` shows those that are")
    return found
