"""Breakers with their events, switches, and messages that did not get through."""

from dataclasses import dataclass
from datetime import datetime

from data_consistency.breaker import records
from data_consistency.breaker.records import Event, Status
from data_consistency.db import sql
from data_consistency.ledger import outbox, switches
from data_consistency.ledger.outbox import Failing, Undelivered
from data_consistency.ledger.outbox import Waiting as Delivery
from data_consistency.runtime import Runtime

MOST_DELIVERIES = 50
_EVENTS = 5  # of a breaker
_MOST_TOLD = 20  # breakers with events; what is not closed comes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """A breaker and its newest events, newest first."""

    status: Status
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A switch that operators throw."""

    name: str
    is_on: bool
    thrown_by: str | None  # None: nobody has ever thrown it
    thrown_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the watch leans on."""

    breakers: tuple[Breaker, ...]
    switches: tuple[Switch, ...]
    undelivered: Undelivered
    failing: tuple[Failing, ...]  # channels
    deliveries: tuple[Delivery, ...]  # oldest first


def read(rt: Runtime) -> Services:
    """How they stand, in one transaction."""
    with rt.transaction() as connection:
        found = records.list_breakers(connection)
        thrown = {
            row["name"]: row
            for row in sql.run(connection, "console_switches", names=list(switches.SWITCHES)).mappings()
        }
        return Services(
            breakers=tuple(
                Breaker(
                    status=status,
                    events=tuple(records.events_of(connection, status.service_key, limit=_EVENTS))
                    if place < _MOST_TOLD
                    else (),
                )
                for place, status in enumerate(found)
            ),
            switches=tuple(
                Switch(
                    name=name,
                    is_on=switches.is_on(connection, name),
                    thrown_by=thrown[name]["updated_by"] if name in thrown else None,
                    thrown_at=thrown[name]["updated_at"] if name in thrown else None,
                )
                for name in switches.SWITCHES
            ),
            undelivered=outbox.undelivered(connection),
            failing=tuple(outbox.failing(connection)),
            deliveries=tuple(outbox.list_waiting(connection, limit=MOST_DELIVERIES)),
        )
