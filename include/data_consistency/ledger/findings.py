"""The ledger: one row a finding, across runs (table data_consistency_alerts)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import events, transitions
from data_consistency.ledger.events import Event, Kind
from data_consistency.ledger.transitions import State
from data_consistency.rules import Mode, Rule
from data_consistency.rules.outcomes import Candidate, Scan, finding_fingerprint

_BATCH = 1000
# A violation that is seen again changes nothing about these.
_SEEN_AGAIN = frozenset({State.OPEN, State.IN_REVIEW, State.ACCEPTED, State.DISMISSED})
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """Transitions one check caused in the ledger."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0


def record(connection: Connection, scan: Scan, run_id: str, now: datetime) -> LedgerCounts:
    """Write a scan into the ledger: open, see again, reopen, resolve.

    Rules in shadow mode are counted in the results only. Rules that were not evaluated keep their findings: silence
    is not health. Runs in the caller's transaction; repeating it changes nothing but the times.
    """
    rules = [rule for rule in scan.evaluated_rules if rule.mode is not Mode.SHADOW]
    if not rules:
        return LedgerCounts()
    bits = {rule.id: bit for bit, rule in enumerate(scan.evaluated_rules)}
    rows: list[dict[str, object]] = [
        {
            "rule": rule.id,
            "catalogue": rule.catalogue,
            "severity": rule.severity.value,
            "entity": scan.entity,
            "entity_id": row.entity_id,
            "company_id": row.company_id,
            "description": rule.description,
            "fingerprint": finding_fingerprint(rule.id, scan.entity, row.entity_id),
            "rule_fingerprint": rule.fingerprint,
            "row_changed_at": row.changed_at,
            "occurrences": 1,
            "status": "open",
            "run_id": run_id,
            "now": now,
        }
        for row in scan.violations
        for rule in rules
        if row.bits >> bits[rule.id] & 1
    ]
    found = [(rule.id, row.entity_id) for row in scan.violations for rule in rules if row.bits >> bits[rule.id] & 1]
    before = _states(connection, scan, rules)
    for batch in _batches(rows):
        sql.run_many(connection, "upsert_finding", batch)
    happened = [_opened(row, before.get((str(row["rule"]), int(str(row["entity_id"]))))) for row in rows]
    opened = [event for event in happened if event is not None]
    events.append(connection, opened, run_id=run_id, now=now)
    seen = set(found)
    gone = [
        alert_id
        for alert_id, rule_id, entity_id in _active(connection, scan, rules)
        if (rule_id, entity_id) not in seen
    ]
    transitions.resolve(connection, gone, notes="The violation is gone.", run_id=run_id, now=now)
    reopened = sum(event.state_from is not None for event in opened)
    return LedgerCounts(opened=len(opened) - reopened, reopened=reopened, resolved=len(gone))


def _opened(row: Mapping[str, object], before: str | None) -> Event | None:
    """What happens to the finding of a violation: it is opened, opened again, or only seen again."""
    if before in _SEEN_AGAIN:
        return None
    return Event(
        kind=Kind.FINDING,
        state_from=before,
        state_to=State.OPEN.value,
        rule=str(row["rule"]),
        rule_fingerprint=str(row["rule_fingerprint"]),
        entity=str(row["entity"]),
        entity_id=int(str(row["entity_id"])),
        company_id=None if row["company_id"] is None else int(str(row["company_id"])),
    )


def open_findings(
    connection: Connection, rule: Rule, *, corrected_since: datetime, company_id: int | None = None
) -> list[Candidate]:
    """Findings of a rule that are neither corrected nor in review.

    Args:
        connection: to a schema of ours.
        rule: of the findings.
        corrected_since: corrections of the same rows that are counted.
        company_id: only this tenant.
    """
    rows = sql.run(
        connection,
        "open_findings",
        rule=rule.id,
        table_name=rule.table,
        since=corrected_since,
        rule_fingerprint=rule.fingerprint,
        company_id=company_id,
    ).mappings()
    return [
        Candidate(
            entity_id=int(row["entity_id"]),
            company_id=None if row["company_id"] is None else int(row["company_id"]),
            changed_at=row["row_changed_at"],
            recent_corrections=int(row["recent_corrections"]),
            found_by=row["run_id"],
            rejected_at=row["rejected_at"],
            rejected_found=int(row["rejected_found"] or 0),
        )
        for row in rows
    ]


def companies_of(connection: Connection, rule_id: str, ids: Iterable[int]) -> dict[int, int | None]:
    """Tenant of each entity, as the finding noted it."""
    return {entity_id: company_id for _, entity_id, company_id in _open(connection, rule_id, ids)}


def open_ids(connection: Connection, rule_id: str, ids: Iterable[int]) -> list[int]:
    """Ids in the ledger of the findings of some entities that are not closed."""
    return [alert_id for alert_id, _, _ in _open(connection, rule_id, ids)]


def _open(connection: Connection, rule_id: str, ids: Iterable[int]) -> Iterator[tuple[int, int, int | None]]:
    for batch in _batches(list(ids)):
        rows = sql.run(connection, "open_findings_of_ids", rule=rule_id, ids=batch)
        for alert_id, entity_id, company_id in rows:
            yield int(alert_id), int(entity_id), None if company_id is None else int(company_id)


def _states(connection: Connection, scan: Scan, rules: list[Rule]) -> dict[tuple[str, int], str]:
    """Where the findings of what a scan has found stand before it is recorded; those that there are."""
    known: dict[tuple[str, int], str] = {}
    rule_ids = [rule.id for rule in rules]
    for ids in _batches(sorted({row.entity_id for row in scan.violations})):
        states_of = sql.run(connection, "ledger_states", entity=scan.entity, ids=ids, rules=rule_ids)
        known |= {(str(rule), int(entity_id)): str(status) for rule, entity_id, status in states_of}
    return known


def _active(connection: Connection, scan: Scan, rules: list[Rule]) -> Iterator[tuple[int, str, int]]:
    rule_ids = [rule.id for rule in rules]
    scope = scan.scope
    if scope.ids is None:
        results = [
            sql.run(
                connection,
                "ledger_active_of_range",
                entity=scan.entity,
                rules=rule_ids,
                first_id=scope.first_id,
                last_id=scope.last_id,
                company_id=scope.company_id,
            )
        ]
    else:
        results = [
            sql.run(connection, "ledger_active_of_ids", entity=scan.entity, rules=rule_ids, ids=ids)
            for ids in _batches(list(scope.ids))
        ]
    for result in results:
        for alert_id, rule_id, entity_id in result:
            yield int(alert_id), str(rule_id), int(entity_id)


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
