"""What people and reports see of the circuit breakers, what operators tell them, and the measured calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.breaker.policy import Mode, State, require_key
from data_consistency.breaker.store import insert_event, register
from data_consistency.db import sql
from data_consistency.errors import WrongUse

_TOLD = {
    Mode.AUTOMATIC: "reset",
    Mode.FORCED_OPEN: "forced open",
    Mode.DISABLED: "disabled",
    Mode.METRICS_ONLY: "metrics only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One breaker as it stands."""

    service_key: str
    company_id: int | None
    current_state: str
    mode: str
    mode_reason: str | None
    mode_actor: str | None
    mode_changed_at: datetime | None
    failure_count: int
    success_count: int
    reopenings: int
    last_failure_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    state_changed_at: datetime | None
    recovery_seconds: float | None  # of the last outage, once it is over
    fast_fails: int  # of the last day


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One transition, or one word of an operator."""

    created_at: datetime
    old_state: str
    new_state: str
    mode: str | None
    reason: str | None
    actor: str | None
    failure_count: int
    generation: int | None


def list_breakers(connection: Connection, key: str | None = None) -> list[Status]:
    """Every breaker that was ever used; what is not closed comes first."""
    return [_status(row) for row in sql.run(connection, "list_breakers", service_key=key).mappings()]


def get_breaker(connection: Connection, key: str) -> Status:
    """One breaker.

    Raises:
        WrongUse: nobody has used it.
    """
    found = list_breakers(connection, require_key(key))
    if not found:
        raise _unknown(key)
    return found[0]


def events_of(connection: Connection, key: str, *, limit: int = 20) -> list[Event]:
    """The newest events of a breaker, newest first."""
    rows = sql.run(connection, "breaker_events", service_key=key, limit=limit).mappings()
    return [Event(**{name: row[name] for name in Event.__slots__}) for row in rows]


def set_mode(connection: Connection, key: str, mode: Mode, *, reason: str, actor: str, new: bool = False) -> None:
    """Do what an operator wants, with its event, in the transaction of the connection.

    Args:
        connection: in a transaction.
        key: of the breaker.
        mode: AUTOMATIC resets: closed, nothing counted.
        reason: why; no personal data.
        actor: who.
        new: also where nobody has used the breaker yet.

    Raises:
        WrongUse: no reason, or nobody has used the breaker.
    """
    if not reason.strip():
        raise WrongUse("circuit breaker: say why with --reason; the next on call reads it")
    if new:
        register(connection, require_key(key))
    old = sql.run(connection, "lock_breaker", service_key=require_key(key)).scalar_one_or_none()
    if old is None:
        raise _unknown(key)
    state = State.OPEN if mode is Mode.FORCED_OPEN else State.CLOSED
    told = {"mode": mode.value, "state": state.value, "reason": reason.strip()[:255], "actor": actor[:191]}
    sql.run(connection, "set_breaker_mode", service_key=key, **told)
    insert_event(connection, key, old=str(old), reason=f"{_TOLD[mode]}: {reason.strip()}", actor=actor[:191])


def write_calls(connection: Connection, calls: Sequence[Mapping[str, object]]) -> None:
    """Store measured calls in one statement."""
    sql.run(connection, "insert_breaker_metrics", calls=json.dumps(calls, separators=(",", ":")))


def _status(row: RowMapping) -> Status:
    values = {name: row[name] for name in Status.__slots__}
    recovery = values["recovery_seconds"]
    return Status(**{**values, "recovery_seconds": None if recovery is None else float(recovery)})


def _unknown(key: str) -> WrongUse:
    return WrongUse(
        f"no breaker '{key}': nobody has used it; `consistency breaker list` shows those that are there,"
        " --new makes one"
    )
