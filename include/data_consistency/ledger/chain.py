"""The chain of events, followed: does every hash fit, is everything there that another event names?

A hash says that nothing was changed since. Deleting shows at whatever names what is gone: the next event of the run,
the end of the run, or the end of a later run. What was deleted because its time was over is named by a checkpoint.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import audit, events
from data_consistency.ledger.events import NAMED_EVENTS, NAMED_PRUNED, NAMED_RUNS, Kind

_RUNS = 50  # whose events are held in memory at once
_LAST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A link that does not hold."""

    event_id: int | None  # None: a row of the audit
    run_id: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of following the chain."""

    events: int
    runs: int
    corrections: int
    broken: int
    first: Break | None  # None: every link holds


@dataclass(slots=True)
class _Walk:
    """What has been seen so far."""

    events: int = 0
    runs: int = 0
    ends: dict[str, tuple[int, str, Sequence[str]]] = field(default_factory=dict)  # id, run and the ends they name
    ended: set[str] = field(default_factory=set)  # runs
    pruned: set[str] = field(default_factory=set)
    applied: Counter[str] = field(default_factory=Counter)  # digests of changes, by how often they were made
    breaks: list[Break] = field(default_factory=list)


def verify(connection: Connection) -> Verdict:
    """Follow every link.

    Args:
        connection: in a transaction that sees one moment, or what is written meanwhile looks broken.
    """
    walk = _Walk()
    names = [str(run_id) for (run_id,) in sql.run(connection, "event_runs")]
    for start in range(0, len(names), _RUNS):
        for run_id, rows in _by_run(connection, names[start : start + _RUNS]):
            _follow(walk, run_id, rows)
    _compare_ends(walk)
    _compare_runs(connection, walk)
    corrections = _compare_audit(connection, walk)
    first = min(walk.breaks, key=lambda broken: broken.event_id or _LAST, default=None)
    return Verdict(events=walk.events, runs=walk.runs, corrections=corrections, broken=len(walk.breaks), first=first)


def _by_run(connection: Connection, names: Sequence[str]) -> Iterator[tuple[str, list[Mapping[str, object]]]]:
    found: dict[str, list[Mapping[str, object]]] = {name: [] for name in names}
    for row in sql.run(connection, "events_of_runs", names=list(names)).mappings():
        found[str(row["run_id"])].append(dict(row))
    yield from found.items()


def _follow(walk: _Walk, run_id: str, rows: Sequence[Mapping[str, object]]) -> None:
    walk.runs += 1
    walk.events += len(rows)
    seen: set[str] = set()
    for row in rows:
        what = _fault(row, seen)
        if what is not None:
            walk.breaks.append(Break(event_id=int(str(row["id"])), run_id=run_id, what=what))
        seen.add(str(row["hash"]))
        _note(walk, run_id, row)


def _fault(row: Mapping[str, object], seen: set[str]) -> str | None:
    if events.hash_of(row) != row["hash"]:
        return "it was changed: its hash does not fit what it says"
    if row["previous"] is not None and row["previous"] not in seen:
        return "the event before it is gone"
    if not seen.issuperset(events.links_of(row["links"]).get(NAMED_EVENTS, ())):
        return "an event of its run that it names is gone"
    return None


def _note(walk: _Walk, run_id: str, row: Mapping[str, object]) -> None:
    links = events.links_of(row["links"])
    if row["kind"] == Kind.RUN and NAMED_RUNS in links:
        walk.ends[str(row["hash"])] = (int(str(row["id"])), run_id, links[NAMED_RUNS])
        walk.ended.add(run_id)
    if row["kind"] == Kind.CHECKPOINT:
        walk.pruned |= set(links.get(NAMED_PRUNED, ()))
    if row["kind"] == Kind.CORRECTION and row["state_to"] == audit.APPLIED:
        walk.applied[str(row["digest"])] += 1


def _compare_ends(walk: _Walk) -> None:
    for event_id, run_id, named in walk.ends.values():
        if any(name not in walk.ends and name not in walk.pruned for name in named):
            walk.breaks.append(
                Break(event_id=event_id, run_id=run_id, what="the end of another run that it names is gone")
            )


def _compare_runs(connection: Connection, walk: _Walk) -> None:
    """A run that is said to have ended has an end; without it nothing would name the newest events."""
    for (run_id,) in sql.run(connection, "runs_ended_with_events"):
        if str(run_id) not in walk.ended:
            walk.breaks.append(
                Break(event_id=None, run_id=str(run_id), what="it ended, and the event of its end is gone")
            )


def _compare_audit(connection: Connection, walk: _Walk) -> int:
    (since,) = sql.run(connection, "first_event").one()
    count = 0
    for change in audit.everything(connection):
        count += 1
        if walk.applied[change.digest] > 0:
            walk.applied[change.digest] -= 1
        elif since is not None and change.applied_at >= since:
            what = (
                f"row {change.id} of the audit is not what was written when {change.table} {change.entity_id} changed"
            )
            walk.breaks.append(Break(event_id=None, run_id=change.run_id, what=what))
    missing = sum(left for left in walk.applied.values() if left > 0)
    if missing:
        walk.breaks.append(Break(event_id=None, run_id="", what=f"{missing} rows of the audit are gone or changed"))
    return count
