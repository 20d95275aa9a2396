"""What people and reports see of the circuit breakers, what operators tell them, and the measured calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.breaker.policy import Mode, Outcome, State, base_of, require_key, service_of, writes_of
from data_consistency.breaker.settings import changed, stored
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
    settings: Mapping[str, float]  # what operators gave to it, to its company and to its service; the nearest holds


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
    """Every breaker that was ever used, or one with that of its writes; what is not closed comes first."""
    writes = None if key is None else writes_of(key)
    rows = sql.run(connection, "list_breakers", service_key=key, writes_key=writes).mappings().all()
    if key is None:
        given = {str(row["service_key"]): stored(row["settings"]) for row in rows}
    else:
        given = {name: _settings_of(connection, name) for name in {service_of(key), base_of(key), key}}
        given |= {str(row["service_key"]): stored(row["settings"]) for row in rows}
    return [_status(row, given) for row in rows]


def get_breaker(connection: Connection, key: str) -> Status:
    """One breaker.

    Raises:
        WrongUse: nobody has used it.
    """
    for status in list_breakers(connection, require_key(key)):
        if status.service_key == key:
            return status
    raise _unknown(key)


def events_of(connection: Connection, key: str, *, limit: int = 20) -> list[Event]:
    """The newest events of a breaker, newest first."""
    rows = sql.run(connection, "breaker_events", service_key=key, limit=limit).mappings()
    return [Event(**{name: row[name] for name in Event.__slots__}) for row in rows]


def set_mode(connection: Connection, key: str, mode: Mode, *, reason: str, actor: str, new: bool = False) -> None:
    """Do what an operator wants, with its event, in the transaction of the connection; it holds for writes, too.

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
    _lock(connection, key)
    for one in dict.fromkeys((key, writes_of(key))):
        if one != key:
            register(connection, one)
        _set_mode(connection, one, mode, reason, actor)


def give_settings(
    connection: Connection, key: str, words: Mapping[str, float | None], *, reason: str, actor: str, new: bool = False
) -> None:
    """Give settings to a company's breaker, or to a service for all companies; every process follows within seconds.

    Args:
        connection: in a transaction.
        key: of the breaker, or of the service.
        words: by name; None takes one back.
        reason: why; no personal data.
        actor: who.
        new: also where nobody has used the breaker yet.

    Raises:
        WrongUse: nobody has used the breaker.
        ConfigurationError: they do not go together.
    """
    if new:
        register(connection, require_key(key))
    old = _lock(connection, key)
    beneath = {} if key == service_of(key) else _settings_of(connection, service_of(key))
    if key != base_of(key):
        beneath |= _settings_of(connection, base_of(key))
    kept = changed(_settings_of(connection, key), words, beneath)
    sql.run(connection, "set_breaker_settings", service_key=key, settings=json.dumps(kept, sort_keys=True))
    insert_event(connection, key, old=old, reason=f"settings: {reason.strip()}", actor=actor[:191])


def _settings_of(connection: Connection, key: str) -> dict[str, float]:
    return stored(sql.run(connection, "breaker_settings", service_key=key).scalar_one_or_none())


def _lock(connection: Connection, key: str) -> str:
    old = sql.run(connection, "lock_breaker", service_key=require_key(key)).scalar_one_or_none()
    if old is None:
        raise _unknown(key)
    return str(old)


def _set_mode(connection: Connection, key: str, mode: Mode, reason: str, actor: str) -> None:
    old = _lock(connection, key)
    state = State.OPEN if mode is Mode.FORCED_OPEN else State.CLOSED
    told = {"mode": mode.value, "state": state.value, "reason": reason.strip()[:255], "actor": actor[:191]}
    sql.run(connection, "set_breaker_mode", service_key=key, **told)
    insert_event(connection, key, old=str(old), reason=f"{_TOLD[mode]}: {reason.strip()}", actor=actor[:191])


def claim_permit(connection: Connection, name: str, outcome: Outcome) -> Outcome | None:
    """Take the right to say what became of a permit; returns what was said before, None: we are the first."""
    if sql.run(connection, "claim_breaker_permit", permit=name, outcome=outcome.value).rowcount:
        return None
    return Outcome(str(sql.run(connection, "claimed_breaker_permit", permit=name).scalar_one()))


def write_calls(connection: Connection, calls: Sequence[Mapping[str, object]]) -> None:
    """Store measured calls in one statement."""
    sql.run(connection, "insert_breaker_metrics", calls=json.dumps(calls, separators=(",", ":")))


def _status(row: RowMapping, given: Mapping[str, Mapping[str, float]]) -> Status:
    key = str(row["service_key"])
    merged: dict[str, float] = {}
    for name in (service_of(key), base_of(key), key):
        merged |= given.get(name, {})
    values = {**{name: row[name] for name in Status.__slots__}, "settings": merged}
    recovery = values["recovery_seconds"]
    return Status(**{**values, "recovery_seconds": None if recovery is None else float(recovery)})


def _unknown(key: str) -> WrongUse:
    return WrongUse(
        f"no breaker '{key}': nobody has used it; `consistency breaker list` shows those that are there,"
        " --new makes one"
    )
