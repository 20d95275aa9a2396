"""Switches an operator throws in the database: they hold at once, in every process."""

from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.errors import WrongUse
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind

CORRECTIONS = "corrections_enabled"
TRIGGERS = "triggers_enabled"
SWITCHES = (CORRECTIONS, TRIGGERS)


def is_on(connection: Connection, name: str) -> bool:
    """Whether a switch is on; a switch nobody has thrown is on."""
    value = sql.run(connection, "read_setting", name=name).scalar_one_or_none()
    return value is None or str(value).lower() == "true"


def holds_on(connection: Connection, name: str) -> bool:
    """Whether a switch is on, and stays on until this transaction has ended: whoever throws it waits for that."""
    value = sql.run(connection, "hold_setting", name=name).scalar_one_or_none()
    return value is None or str(value).lower() == "true"


def throw(connection: Connection, name: str, *, on: bool, actor: str, now: datetime) -> None:
    """Throw a switch; it returns when everything that was begun under the old state has ended.

    Raises:
        WrongUse: there is no such switch.
    """
    if name not in SWITCHES:
        raise WrongUse(f"no switch '{name}'; there are {', '.join(SWITCHES)}")
    before = "on" if is_on(connection, name) else "off"
    after = "on" if on else "off"
    sql.run(connection, "write_setting", name=name, value="true" if on else "false", actor=actor, now=now)
    if before != after:
        thrown = Event(kind=Kind.SWITCH, state_from=before, state_to=after, detail={"switch": name})
        events.lone(connection, thrown, kind="switch", actor=actor, now=now)
