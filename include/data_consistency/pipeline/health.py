"""Health of the watch itself: is everything there, current, running? Silence is never health."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.config import utc_now
from data_consistency.db import marker, sql
from data_consistency.detect import evidence, opening
from data_consistency.errors import InvalidRule
from data_consistency.ledger import incidents, queue, switches, watermarks
from data_consistency.runtime import Runtime
from data_consistency.schema import drift, migrations, triggers

# How old the newest sign of life of a step may be.
_BEATS = {
    "check": timedelta(minutes=15),
    "review": timedelta(hours=2),
    "report": timedelta(hours=26),
}
# Faults of triggers have a sign of their own: they are what a write of the application meets.
_TRIGGERS = "trigger"
_MOST_APART = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(rt: Runtime) -> list[Sign]:
    """Look at everything a silent failure could hide in.

    Raises:
        DatabaseUnavailable: nothing could be looked at.
        UnmarkedSchema: the schema is not ours.
    """
    with rt.transaction() as connection:
        marker.require_marker(connection)
        faults = drift.look(connection)
        if any(fault.stops for fault in faults):
            # Where tables are gone, the rest cannot be asked.
            return [Sign(name="schema", ok=False, detail=drift.told(faults)), _suites(rt), _clock(connection)]
        return [
            *_schema(connection, faults),
            _suites(rt),
            _settings(connection),
            _clock(connection),
            *_switches(connection),
            *_beats(connection, rt.now(), rt.source.pool),
            _watermarks(connection),
            _outbox(connection),
            _incidents(connection),
            _queue(connection),
            _companies(connection),
            _mode(rt),
        ]


def _schema(connection: Connection, faults: Sequence[drift.Fault]) -> Iterator[Sign]:
    version, newest = migrations.current(connection), migrations.latest()
    apart = [fault for fault in faults if fault.name.startswith(_TRIGGERS)]
    others = [fault for fault in faults if fault not in apart]
    detail = f"version {version}, newest {newest}"
    yield Sign(name="schema", ok=not others, detail=drift.told(others) or detail)
    yield Sign(name="triggers", ok=not apart, detail=drift.told(apart) or _triggers(connection))


def _triggers(connection: Connection) -> str:
    if not triggers.are_seen(connection):
        return "this account cannot see them; look as the corrector"
    return triggers.not_wanted(connection) or "as in sql/triggers/"


def _suites(rt: Runtime) -> Sign:
    try:
        suites = rt.suites()
    except InvalidRule as error:
        return Sign(name="suites", ok=False, detail=str(error))
    rules = sum(len(suite.rules) for suite in suites.values())
    return Sign(name="suites", ok=bool(rules), detail=f"{rules} rules on {len(suites)} tables")


def _settings(connection: Connection) -> Sign:
    """A switch that is misspelt in the database reads as off; one that nobody knows is never read."""
    wrong = [
        f"{name}: '{value}' is neither true nor false; `consistency switch {name} on` or `off`"
        for name, value in sql.run(connection, "settings")
        if name in switches.SWITCHES and str(value).lower() not in {"true", "false"}
    ]
    return Sign(name="settings", ok=not wrong, detail="; ".join(wrong) or "every value can be read")


def _clock(connection: Connection) -> Sign:
    apart = abs((sql.run(connection, "server_clock").scalar_one() - utc_now().replace(tzinfo=None)).total_seconds())
    detail = f"{apart:.0f} s between this machine and the database"
    remedy = "" if apart <= _MOST_APART.total_seconds() else "; ages and windows are wrong by that, set both by NTP"
    return Sign(name="clock", ok=not remedy, detail=detail + remedy)


def _switches(connection: Connection) -> Iterator[Sign]:
    for name in switches.SWITCHES:
        on = switches.is_on(connection, name)
        yield Sign(name=name, ok=on, detail="on" if on else "switched off by an operator")


def _beats(connection: Connection, now: datetime, pool: str) -> Iterator[Sign]:
    seen = {str(name): when for name, when in sql.run(connection, "heartbeats")}
    adopted: datetime = sql.run(connection, "adopted_at").scalar_one()
    for name, limit in _BEATS.items():
        when = seen.get(name)
        if when is None:
            # A task in a pool that does not exist waits for ever, and nothing is red.
            detail = f"never seen; in Airflow its DAG must be on, and the pool {pool} exist: `consistency pools`"
            is_early = now - adopted <= limit
            if is_early:
                detail = f"not yet; expected by {adopted + limit:%Y-%m-%d %H:%M} UTC"
            yield Sign(name=f"heartbeat {name}", ok=is_early, detail=detail)
        else:
            yield Sign(name=f"heartbeat {name}", ok=now - when <= limit, detail=f"last seen {when:%Y-%m-%d %H:%M} UTC")
    silent = evidence.silences(connection, list(evidence.FRESH_FOR), now)
    for name in evidence.FRESH_FOR:
        silence = silent.get(name)
        detail = silence.reason if silence else f"last report {seen[name]:%Y-%m-%d %H:%M} UTC"
        yield Sign(name=f"source {name}", ok=silence is None or silence.is_chosen, detail=detail)


def _watermarks(connection: Connection) -> Sign:
    """One ahead of the server's clock made checks blind until it was brought back."""
    ahead = [str(table) for (table,) in sql.run(connection, "watermarks_ahead")]
    if ahead:
        detail = f"ahead of the server's clock: {', '.join(ahead)}; run `consistency check`, it brings them back"
        return Sign(name="watermarks", ok=False, detail=detail)
    if not opening.sees_transactions(connection):
        minutes = watermarks.OVERLAP // timedelta(minutes=1)
        return Sign(
            name="watermarks",
            ok=True,
            detail=f"behind the clock; transactions longer than {minutes} minutes cannot be seen without PROCESS, and"
            " what they changed is found by the daily check",
        )
    return Sign(name="watermarks", ok=True, detail="behind the clock and behind every transaction that runs")


def _outbox(connection: Connection) -> Sign:
    waiting, oldest = sql.run(connection, "outbox_backlog").one()
    detail = "nothing waits" if not waiting else f"{waiting} undelivered, the oldest of {oldest:%Y-%m-%d %H:%M} UTC"
    return Sign(name="mail", ok=not waiting, detail=detail)


def _incidents(connection: Connection) -> Sign:
    count = len(incidents.list_incidents(connection))
    return Sign(name="incidents", ok=not count, detail=f"{count} wait for a person")


def _queue(connection: Connection) -> Sign:
    return Sign(name="review queue", ok=True, detail=f"{queue.count_pending(connection)} open items")


def _companies(connection: Connection) -> Sign:
    findings, items = sql.run(connection, "notes_without_company").one()
    detail = f"{findings} findings and {items} review items name none, though their rows are not known to lack one"
    return Sign(
        name="companies of findings",
        ok=not findings and not items,
        detail=detail if findings or items else "named everywhere",
    )


def _mode(rt: Runtime) -> Sign:
    return Sign(name="mode", ok=True, detail="dry run: nothing is corrected" if rt.source.dry_run else "correcting")
