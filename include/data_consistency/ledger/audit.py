"""The audit: what corrections changed, so that it can be taken back (consistency_corrections, consistency_undos).

Both are only ever added to. Each change has an event with the digest of what the audit says of it; an audit row whose
digest no event knows was not written by us, or was changed afterwards.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.db.digests import digest
from data_consistency.db.values import kept, to_json
from data_consistency.ledger import events
from data_consistency.ledger.events import Event, Kind
from data_consistency.rules.outcomes import finding_fingerprint

_BATCH = 500
APPLIED = "applied"
AUTOMATIC = "automatic"  # by what right a rule changes rows by itself
UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row that was changed: the columns that really differ, before and after."""

    rule: str
    rule_fingerprint: str
    correction: str
    table: str
    entity: str  # noun of the ledger
    entity_id: int
    company_id: int | None
    before: Mapping[str, object]
    after: Mapping[str, object]
    evidence: str
    authority: str  # by what right
    detail: Mapping[str, object]  # what else the event says


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One row of the audit that still stands."""

    id: int
    run_id: str
    rule: str
    correction: str
    table: str
    entity_id: int
    company_id: int | None
    before: Mapping[str, object]
    after: Mapping[str, object]
    applied_at: datetime

    @property
    def digest(self) -> str:
        """What its event must carry."""
        return _digest(
            self.run_id,
            self.rule,
            self.correction,
            self.table,
            self.entity_id,
            self.company_id,
            self.before,
            self.after,
        )


def record(connection: Connection, changes: Sequence[Change], *, run_id: str, actor: str, now: datetime) -> None:
    """Store what was changed, with its events, in the transaction that changed it."""
    rows = [
        {
            "run_id": run_id,
            "rule": change.rule,
            "rule_fingerprint": change.rule_fingerprint,
            "correction": change.correction,
            "table_name": change.table,
            "entity_id": change.entity_id,
            "company_id": change.company_id,
            "before_values": to_json(change.before),
            "after_values": to_json(change.after),
            "evidence": change.evidence[:255],
            "authority": change.authority,
            "actor": actor,
            "now": now,
        }
        for change in changes
    ]
    sql.run_many(connection, "insert_correction", rows)
    events.append(connection, [_applied(change, run_id) for change in changes], run_id=run_id, now=now, actor=actor)
    _count(connection, changes, run_id=run_id, now=now)


def found_by(connection: Connection, rule: str, entity: str, ids: Sequence[int]) -> dict[str | None, int]:
    """How many of some rows each check has found to violate a rule, by its run; None: nobody knows which.

    Args:
        connection: to a schema of ours.
        rule: its id.
        entity: noun of the ledger.
        ids: of the rows.
    """
    found: dict[str | None, int] = {}
    for start in range(0, len(ids), _BATCH):
        marks = [finding_fingerprint(rule, entity, entity_id) for entity_id in ids[start : start + _BATCH]]
        for run, rows in sql.run(connection, "found_by", fingerprints=marks):
            found[str(run)] = found.get(str(run), 0) + int(rows)
    found[None] = len(ids) - sum(found.values())
    return found


def _count(connection: Connection, changes: Sequence[Change], *, run_id: str, now: datetime) -> None:
    """Keep how many rows were changed on whose word: caps are counted from that, not from each row of the audit."""
    by_rule: dict[tuple[str, str], list[int]] = {}
    for change in changes:
        if change.authority == AUTOMATIC:
            by_rule.setdefault((change.rule, change.entity), []).append(change.entity_id)
    for (rule, entity), ids in by_rule.items():
        for check, changed in found_by(connection, rule, entity, ids).items():
            if changed:
                sql.run(connection, "note_gate_use", rule=rule, run_id=run_id, found_by=check, changed=changed, now=now)


def _applied(change: Change, run_id: str) -> Event:
    return Event(
        kind=Kind.CORRECTION,
        state_from=None,
        state_to=APPLIED,
        rule=change.rule,
        rule_fingerprint=change.rule_fingerprint,
        entity=change.entity,
        entity_id=change.entity_id,
        company_id=change.company_id,
        detail={"correction": change.correction, "authority": change.authority, **change.detail},
        digest=_digest(
            *(run_id, change.rule, change.correction, change.table, change.entity_id, change.company_id),
            *(kept(change.before), kept(change.after)),
        ),
    )


def _digest(*said: object) -> str:
    return digest(said)


def standing(
    connection: Connection,
    *,
    run_id: str | None = None,
    rule: str | None = None,
    table: str | None = None,
    entity_id: int | None = None,
    companies: Sequence[int] | None = None,
) -> list[Recorded]:
    """Changes that nobody has taken back, newest first; None: any."""
    rows = sql.run(
        connection,
        "corrections_to_undo",
        run_id=run_id,
        rule=rule,
        table_name=table,
        entity_id=entity_id,
        all_companies=companies is None,
        companies=list(companies or (0,)),
    ).mappings()
    return [_recorded(row) for row in rows]


def _recorded(row: RowMapping) -> Recorded:
    return Recorded(
        id=int(row["id"]),
        run_id=str(row["run_id"]),
        rule=str(row["rule"]),
        correction=str(row["correction"]),
        table=str(row["table_name"]),
        entity_id=int(row["entity_id"]),
        company_id=None if row["company_id"] is None else int(row["company_id"]),
        before=json.loads(str(row["before_values"])),
        after=json.loads(str(row["after_values"])),
        applied_at=row["applied_at"],
    )


def everything(connection: Connection) -> Iterator[Recorded]:
    """Every change ever made that is still kept, oldest first."""
    after = 0
    while True:
        rows = sql.run(connection, "corrections_after", after=after, batch=_BATCH).mappings().all()
        yield from (_recorded(row) for row in rows)
        if len(rows) < _BATCH:
            return
        after = int(rows[-1]["id"])


def forged(connection: Connection, recorded: Sequence[Recorded]) -> frozenset[int]:
    """Of some changes those that no event vouches for, by id; what is older than all events is believed."""
    (since,) = sql.run(connection, "first_event").one()
    young = [change for change in recorded if since is not None and change.applied_at >= since]
    known: set[str] = set()
    for start in range(0, len(young), _BATCH):
        digests = [change.digest for change in young[start : start + _BATCH]]
        known |= {str(found) for (found,) in sql.run(connection, "known_digests", digests=digests)}
    return frozenset(change.id for change in young if change.digest not in known)


def changed_along(connection: Connection, recorded: Sequence[Recorded]) -> dict[int, tuple[str, ...]]:
    """Columns that the database changed along with some changes and whose values were not kept, by id."""
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(recorded), _BATCH):
        digests = [change.digest for change in recorded[start : start + _BATCH]]
        for said, names in sql.run(connection, "changed_along", digests=digests):
            found[str(said)] = tuple(str(name) for name in json.loads(str(names)))
    return {change.id: found[change.digest] for change in recorded if change.digest in found}


def _left(names: Sequence[str] | None) -> dict[str, object]:
    return {"along": list(names)} if names else {}


def take_back(
    connection: Connection,
    undone: Sequence[Recorded],
    *,
    entities: Mapping[str, str],
    run_id: str,
    actor: str,
    now: datetime,
    detail: Mapping[str, object],
    along: Mapping[int, Sequence[str]],
) -> None:
    """Note that changes were taken back, in the transaction that restored the rows.

    Args:
        connection: in a transaction.
        undone: what was restored.
        entities: noun of the ledger for each table.
        run_id: of the undo.
        actor: who took them back.
        now: UTC, naive.
        detail: what else the events say.
        along: columns that are not as they were, by the id of the change.
    """
    sql.run_many(
        connection,
        "insert_undo",
        [{"correction_id": change.id, "run_id": run_id, "actor": actor, "now": now} for change in undone],
    )
    happened = [
        Event(
            kind=Kind.CORRECTION,
            state_from=APPLIED,
            state_to=UNDONE,
            rule=change.rule,
            entity=entities[change.table],
            entity_id=change.entity_id,
            company_id=change.company_id,
            detail={"correction": change.correction, "run": change.run_id, **detail, **_left(along.get(change.id))},
            digest=change.digest,
        )
        for change in undone
    ]
    events.append(connection, happened, run_id=run_id, now=now, actor=actor)
