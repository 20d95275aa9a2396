"""The ledger: one row a finding, across runs (table data_consistency_alerts)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.ledger import events, transitions
from data_consistency.ledger.events import Event, Kind
from data_consistency.ledger.transitions import State
from data_consistency.rules import Mode, Rule
from data_consistency.rules.outcomes import Candidate, Scan, Violation, finding_fingerprint

_BATCH = 1000
# States from which a violation makes a finding open again; one that a person or a plan holds is only seen again.
_CLOSED = frozenset({State.RESOLVED, State.CORRECTED, State.PARKED})
Item = TypeVar("Item")
Key = tuple[str, int]  # rule and entity: what a finding is known by
Judge = Callable[[Sequence[int]], Scan]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCounts:
    """Transitions one check caused in the ledger."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What a scan changes in the ledger."""

    rising: Mapping[Key, Violation]  # to be opened, or opened again
    seen: Mapping[Key, Violation]  # open already
    falling: Mapping[Key, int]  # to be resolved, with their ids in the ledger


def record(connection: Connection, scan: Scan, run_id: str, now: datetime, *, judge: Judge) -> LedgerCounts:
    """Write a scan into the ledger: open, see again, reopen, resolve.

    A scan is of the past: corrections, decisions and people may have changed rows and findings since it began. What is
    to be opened or resolved is therefore locked and judged again, and left alone where it is no longer as the scan saw
    it. Whoever corrects such a row at the same time waits for the lock and has the last word.

    Rules in shadow mode are counted in the results only. Rules that were not evaluated, or not for a company, keep
    their findings: silence is not health. Runs in the caller's transaction; repeating it changes nothing but the times.

    Args:
        connection: in a transaction that reads what others have committed, statement by statement.
        scan: of a table.
        run_id: of the check.
        now: UTC, naive.
        judge: scans some rows of the table as they are now.
    """
    rules = {rule.id: rule for rule in scan.evaluated_rules if rule.mode is not Mode.SHADOW}
    if not rules:
        return LedgerCounts()
    found = _violations(scan, rules)
    known = _known(connection, scan, rules, found)
    changes = _settled(
        connection,
        _Changes(
            rising={key: row for key, row in found.items() if known.get(key, (0, "resolved"))[1] in _CLOSED},
            seen={key: row for key, row in found.items() if known.get(key, (0, "resolved"))[1] not in _CLOSED},
            falling={key: id_ for key, id_ in _active(connection, scan, rules).items() if key not in found},
        ),
        known,
        judge,
    )
    for name, rows in (("upsert_finding", changes.rising), ("see_finding_again", changes.seen)):
        for batch in _batches(list(rows.items())):
            sql.run_many(
                connection, name, [_row(rules[rule], scan.entity, row, run_id, now) for (rule, _), row in batch]
            )
    opened = [
        _opened(rules[rule], scan.entity, row, known.get((rule, entity_id)))
        for (rule, entity_id), row in changes.rising.items()
    ]
    events.append(connection, opened, run_id=run_id, now=now)
    transitions.resolve(
        connection, list(changes.falling.values()), notes="The violation is gone.", run_id=run_id, now=now
    )
    return LedgerCounts(
        opened=sum(key not in known for key in changes.rising),
        reopened=sum(key in known for key in changes.rising),
        resolved=len(changes.falling),
    )


def is_news(connection: Connection, scan: Scan) -> bool:
    """Whether a scan has something to open, to open again or to resolve."""
    rules = {rule.id: rule for rule in scan.evaluated_rules if rule.mode is not Mode.SHADOW}
    if not rules:
        return False
    found = _violations(scan, rules)
    known = _known(connection, scan, rules, found)
    if any(known.get(key, (0, State.RESOLVED))[1] in _CLOSED for key in found):
        return True
    return any(key not in found for key in _active(connection, scan, rules))


def _settled(connection: Connection, changes: _Changes, known: Mapping[Key, tuple[int, str]], judge: Judge) -> _Changes:
    """What is left of changes after their findings have been locked and their rows judged once more."""
    if not changes.rising and not changes.falling:
        return changes
    to_lock = [*(known[key][0] for key in changes.rising if key in known), *changes.falling.values()]
    for ids in _batches(sorted(to_lock)):
        sql.run(connection, "lock_findings_of_ids", ids=ids)
    rising: dict[Key, Violation] = {}
    falling: dict[Key, int] = {}
    entities = {entity_id for _, entity_id in (*changes.rising, *changes.falling)}
    for ids in _batches(sorted(entities)):
        again = judge(ids)
        judged = frozenset(ids), {rule.id: rule for rule in again.evaluated_rules}
        violating = _violations(again, judged[1])
        rising |= {key: row for key, row in violating.items() if key in changes.rising}
        falling |= {
            key: id_
            for key, id_ in changes.falling.items()
            if key[1] in judged[0] and key[0] in judged[1] and key not in violating
        }
    return _Changes(rising=rising, seen=changes.seen, falling=falling)


def _violations(scan: Scan, rules: Collection[str]) -> dict[Key, Violation]:
    bits = [(bit, rule.id) for bit, rule in enumerate(scan.evaluated_rules) if rule.id in rules]
    return {(rule, row.entity_id): row for row in scan.violations for bit, rule in bits if row.bits >> bit & 1}


def _row(rule: Rule, entity: str, row: Violation, run_id: str, now: datetime) -> dict[str, object]:
    return {
        "rule": rule.id,
        "catalogue": rule.catalogue,
        "severity": rule.severity.value,
        "entity": entity,
        "entity_id": row.entity_id,
        "company_id": row.company_id,
        "description": rule.description,
        "fingerprint": finding_fingerprint(rule.id, entity, row.entity_id),
        "rule_fingerprint": rule.fingerprint,
        "row_changed_at": row.changed_at,
        "occurrences": 1,
        "status": "open",
        "run_id": run_id,
        "now": now,
    }


def _opened(rule: Rule, entity: str, row: Violation, before: tuple[int, str] | None) -> Event:
    """A finding is opened, or opened again."""
    return Event(
        kind=Kind.FINDING,
        state_from=None if before is None else before[1],
        state_to=State.OPEN.value,
        rule=rule.id,
        rule_fingerprint=rule.fingerprint,
        entity=entity,
        entity_id=row.entity_id,
        company_id=row.company_id,
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


def _known(
    connection: Connection, scan: Scan, rules: Collection[str], found: Iterable[Key]
) -> dict[Key, tuple[int, str]]:
    """Id and state of the findings that the ledger has of some violations."""
    known: dict[Key, tuple[int, str]] = {}
    for ids in _batches(sorted({entity_id for _, entity_id in found})):
        rows = sql.run(
            connection,
            "ledger_states",
            entity=scan.entity,
            ids=ids,
            rules=sorted(rules),
            company_id=scan.scope.company_id,
        )
        known |= {(str(rule), int(entity_id)): (int(id_), str(status)) for id_, rule, entity_id, status in rows}
    return known


def _active(connection: Connection, scan: Scan, rules: Collection[str]) -> dict[Key, int]:
    """Findings not yet closed of the rows that a scan has judged, with their ids in the ledger."""
    scope, params = scan.scope, {"entity": scan.entity, "rules": sorted(rules), "company_id": scan.scope.company_id}
    if scope.ids is None:
        bounds = {"first_id": scope.first_id, "last_id": scope.last_id}
        results = [sql.run(connection, "ledger_active_of_range", **params, **bounds)]
    else:
        results = [sql.run(connection, "ledger_active_of_ids", **params, ids=ids) for ids in _batches(list(scope.ids))]
    unheard = {outcome.rule.id: outcome.silent_companies for outcome in scan.outcomes}
    return {
        (str(rule), int(entity_id)): int(alert_id)
        for result in results
        for alert_id, rule, entity_id, company in result
        if company not in unheard.get(str(rule), frozenset())
    }


def _batches(items: list[Item]) -> Iterator[list[Item]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
