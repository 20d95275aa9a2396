"""Pairs: rows that a rule compares with each other. What makes one of them wrong makes the other wrong, unchanged."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect.clock import clock_of
from data_consistency.detect.scan import IDS_PER_STATEMENT, facts_of
from data_consistency.rules.comparing import pairs_of
from data_consistency.rules.language import columns_of
from data_consistency.rules.outcomes import Scan, Scope


def partners(connection: Connection, scan: Scan, changed: Set[int], now: datetime) -> Scope | None:
    """Rows that changed and violating ones were compared with, as far as the scan did not see them; None: none."""
    facts = facts_of(connection, scan.table)
    ids: set[int] = set()
    for bit, rule in enumerate(scan.evaluated_rules):
        texts = [text for column in sorted(columns_of(rule, facts)) for text in pairs_of(facts).get(column, ())]
        violating = [row.entity_id for row in scan.violations if row.bits >> bit & 1 and row.entity_id in changed]
        if texts:
            for part in _parts(violating):
                ids |= _compared(connection, "\nUNION ALL\n".join(texts), part, now)
    ids -= set(scan.scope.ids or ())
    return replace(scan.scope, ids=tuple(sorted(ids))) if ids else None


def joined(one: Scan, other: Scan) -> Scan:
    """Two scans of different rows of a table by the same rules as one."""
    counts = {outcome.rule.id: outcome for outcome in other.outcomes}
    bits = {rule.id: bit for bit, rule in enumerate(one.evaluated_rules)}
    places = [(bit, bits[rule.id]) for bit, rule in enumerate(other.evaluated_rules) if rule.id in bits]
    moved = (
        replace(row, bits=sum((row.bits >> here & 1) << there for here, there in places)) for row in other.violations
    )
    return replace(
        one,
        scope=replace(one.scope, ids=tuple(sorted({*(one.scope.ids or ()), *(other.scope.ids or ())}))),
        outcomes=tuple(outcome.plus(counts[outcome.rule.id]) for outcome in one.outcomes),
        violations=one.violations + tuple(row for row in moved if row.bits),
        rows_checked=one.rows_checked + other.rows_checked,
    )


def _compared(connection: Connection, text: str, ids: list[int], now: datetime) -> set[int]:
    params: dict[str, object] = {"ids": ids, **clock_of(text, now, sql.zone_of(connection))}
    return {int(row) for row in sql.execute(connection, text, params).scalars()}


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), IDS_PER_STATEMENT):
        yield wanted[start : start + IDS_PER_STATEMENT]
