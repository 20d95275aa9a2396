"""Events: each transition once, in the transaction that makes it (table consistency_events, which nobody updates).

Within a run each event carries the hash of one before it, the newest that its transaction saw. Tasks of a run work
side by side, so that the chain may fork; the end of the run names every loose end, and the ends of other runs that no
run has named yet. Nothing is locked for it: no run waits for another. `chain.py` follows all of it.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.db.digests import canonical, digest

_BATCH = 1000
# Ends of runs among which the unnamed ones are looked for. An end that was not yet visible to the one after it is named
# by the next; nothing stays invisible for this many.
_RECENT_ENDS = 200
RUNNING = "running"
NAMED_EVENTS = "events"
NAMED_RUNS = "runs"
NAMED_PRUNED = "pruned"


class Kind(StrEnum):
    """What an event is about."""

    RUN = "run"
    FINDING = "finding"
    ITEM = "item"
    CORRECTION = "correction"
    INCIDENT = "incident"
    SWITCH = "switch"
    CHECKPOINT = "checkpoint"  # what was deleted because its time was over


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One transition; ids and codes only, for it can never be changed."""

    kind: Kind
    state_from: str | None  # None: it was not there before
    state_to: str
    subject_id: int | None = None  # of an item or incident
    rule: str | None = None
    rule_fingerprint: str | None = None
    entity: str | None = None
    entity_id: int | None = None
    company_id: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    digest: str | None = None  # of what was written elsewhere with it: values of a correction, rows of a plan


def append(
    connection: Connection, happened: Sequence[Event], *, run_id: str, now: datetime, actor: str | None = None
) -> None:
    """Add events to the chain of a run, in the caller's transaction.

    Args:
        connection: in a transaction.
        happened: in their order.
        run_id: of the run that made them happen.
        now: UTC, naive.
        actor: who did it; None: who began the run.
    """
    if not happened:
        return
    began, previous = sql.run(connection, "newest_event", run_id=run_id).one()
    who = (actor or began or "unknown")[:100]
    rows = []
    for event in happened:
        row = _row(event, run_id=run_id, actor=who, previous=previous, now=now)
        previous = row["hash"]
        rows.append(row)
    for start in range(0, len(rows), _BATCH):
        sql.run_many(connection, "insert_event", rows[start : start + _BATCH])


def checkpoint(
    connection: Connection, *, ends: Sequence[str], detail: Mapping[str, object], run_id: str, actor: str, now: datetime
) -> None:
    """What was deleted because its time was over: the ends of the runs that are gone, which later runs name."""
    event = Event(kind=Kind.CHECKPOINT, state_from=None, state_to="pruned", detail=detail)
    row = _row(event, run_id=run_id, actor=actor[:100], previous=None, now=now, links={NAMED_PRUNED: list(ends)})
    sql.run_many(connection, "insert_event", [row])
    seal(connection, run_id=run_id, state="succeeded", now=now, actor=actor)


def seal(connection: Connection, *, run_id: str, state: str, now: datetime, actor: str | None = None) -> None:
    """The end of a run: an event that names the loose ends of its chain, and the ends of runs that none has named."""
    named = {
        NAMED_EVENTS: [str(loose) for (loose,) in sql.run(connection, "loose_events", run_id=run_id)],
        NAMED_RUNS: _unnamed_runs(connection),
    }
    began, previous = sql.run(connection, "newest_event", run_id=run_id).one()
    event = Event(kind=Kind.RUN, state_from=RUNNING, state_to=state)
    who = (actor or began or "unknown")[:100]
    sql.run_many(
        connection, "insert_event", [_row(event, run_id=run_id, actor=who, previous=previous, now=now, links=named)]
    )


def lone(connection: Connection, event: Event, *, kind: str, actor: str, now: datetime) -> str:
    """Something that happened outside any run: a run of its own; returns its id."""
    run_id = f"{kind}__{now:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"
    append(connection, [event], run_id=run_id, now=now, actor=actor)
    seal(connection, run_id=run_id, state="succeeded", now=now, actor=actor)
    return run_id


def _unnamed_runs(connection: Connection) -> list[str]:
    ends = [(str(end), links_of(links)) for end, links in sql.run(connection, "recent_run_ends", limit=_RECENT_ENDS)]
    named = {name for _, links in ends for name in links.get(NAMED_RUNS, ())}
    return [end for end, _ in ends if end not in named]


def _row(
    event: Event,
    *,
    run_id: str,
    actor: str,
    previous: str | None,
    now: datetime,
    links: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, object]:
    row: dict[str, object] = {
        "run_id": run_id,
        "occurred_at": now,
        "actor": actor,
        "kind": event.kind.value,
        "subject_id": event.subject_id,
        "rule": event.rule,
        "rule_fingerprint": event.rule_fingerprint,
        "entity_type": event.entity,
        "entity_id": event.entity_id,
        "company_id": event.company_id,
        "state_from": event.state_from,
        "state_to": event.state_to,
        "detail": canonical(event.detail) if event.detail else None,
        "digest": event.digest,
        "previous": previous,
        "links": canonical(links) if links else None,
    }
    return row | {"hash": hash_of(row)}


def links_of(text: object) -> Mapping[str, Sequence[str]]:
    """What an event names; nothing where somebody has written something else there, which its hash shows."""
    found = json.loads(str(text or "{}"))
    named = found.items() if isinstance(found, dict) else ()
    return {name: [str(one) for one in ones] for name, ones in named if isinstance(ones, list)}


def hash_of(row: Mapping[str, object]) -> str:
    """The hash of a stored event over everything that it says, whatever way the server keeps documents."""
    said = {name: row[name] for name in _SAID}
    for name in ("detail", "links"):
        said[name] = None if row[name] is None else json.loads(str(row[name]))
    return digest(said)


_SAID = (
    *("run_id", "occurred_at", "actor", "kind", "subject_id", "rule", "rule_fingerprint", "entity_type", "entity_id"),
    *("company_id", "state_from", "state_to", "detail", "digest", "previous", "links"),
)
