"""Check one table: verdicts, findings and, last, the watermark."""

from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect import scopes
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CheckNotEvaluated, WrongUse
from data_consistency.ledger import findings as ledger
from data_consistency.ledger import incidents, runs, watermarks
from data_consistency.logs import logger_of
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import Scan, Scope, TableCounts, Verdict
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def check_table(
    rt: Runtime,
    *,
    table: str,
    run_id: str,
    kind: str = "changed",
    company_id: int | None = None,
    first_id: int = 0,
    last_id: int | None = None,
) -> TableCounts:
    """Check one table and write verdicts, findings and, last, the watermark.

    Args:
        rt: the runtime.
        table: of a suite.
        run_id: of a run begun before.
        kind: `changed` since the watermark, `full`, or `range` of ids.
        company_id: only this tenant; then the watermark stays where it is.
        first_id: of a range.
        last_id: of a range, inclusive.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored all the same.
    """
    suite = rt.suite_of(table)
    logger.info("Running data consistency check... table=%s kind=%s run=%s", table, kind, run_id)
    with rt.transaction() as connection:
        scope, until = _scope(connection, suite, kind, company_id, first_id, last_id)
        scan = scan_table(connection, suite, scope, rt.now())
    return record_scan(rt, scan, run_id=run_id, until=until)


def record_scan(rt: Runtime, scan: Scan, *, run_id: str, until: datetime | None = None) -> TableCounts:
    """Write what a scan found; the watermark moves last, in the same transaction.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored all the same.
    """
    now = rt.now()
    silent = [o for o in scan.outcomes if o.verdict is Verdict.NOT_EVALUATED and not o.is_chosen]
    may_advance = until is not None and scan.scope.company_id is None and not silent

    def record(connection: Connection) -> ledger.LedgerCounts:
        runs.record_results(connection, scan, run_id, now)
        changes = ledger.record(connection, scan, run_id, now)
        _note_silent(connection, scan, run_id, rt)
        if until is not None and may_advance:
            watermarks.advance(connection, scan.table, until, run_id, now)
        return changes

    changes = rt.repeated(record)
    violations = {outcome.rule.id: outcome.violations for outcome in scan.outcomes if outcome.violations}
    logger.info(
        "Found: %d inconsistencies table=%s rows=%d rules=%d failed=%d opened=%d reopened=%d resolved=%d"
        " not_evaluated=%d",
        sum(violations.values()),
        scan.table,
        scan.rows_checked,
        len(scan.outcomes),
        len(violations),
        changes.opened,
        changes.reopened,
        changes.resolved,
        len(silent),
    )
    for rule_id, count in sorted(violations.items()):
        logger.info("rule failed table=%s rule=%s violations=%d", scan.table, rule_id, count)
    if silent:
        names = ", ".join(outcome.rule.id for outcome in silent)
        raise CheckNotEvaluated(f"table {scan.table}: not evaluated: {names}; {silent[0].reason}")
    return TableCounts(
        table=scan.table,
        rows_checked=scan.rows_checked,
        violations=violations,
        opened=changes.opened,
        reopened=changes.reopened,
        resolved=changes.resolved,
        left_out={outcome.rule.id: outcome.reason or "" for outcome in scan.outcomes if outcome.is_chosen},
    )


def _scope(
    connection: Connection, suite: Suite, kind: str, company_id: int | None, first_id: int, last_id: int | None
) -> tuple[Scope, datetime | None]:
    if kind == "range":
        return Scope(kind="range", first_id=first_id, last_id=last_id or 2**63 - 1, company_id=company_id), None
    if kind not in {"changed", "full"}:
        raise WrongUse(f"kind of check '{kind}'; use changed, full or range")
    if kind == "full":
        return scopes.full_scope(connection, suite.table, company_id)
    return scopes.changed_scope(connection, suite.table, company_id, suite.rules)


def _note_silent(connection: Connection, scan: Scan, run_id: str, rt: Runtime) -> None:
    """Rules that could not be evaluated are incidents, until they are evaluated again."""
    now = rt.now()
    silent = {o.rule.id: o for o in scan.outcomes if o.verdict is Verdict.NOT_EVALUATED and not o.is_chosen}
    judged = {outcome.rule.id for outcome in scan.outcomes} - silent.keys()
    for incident in incidents.waiting(connection, kind=incidents.NOT_EVALUATED, table=scan.table):
        if incident.rule in judged:
            incidents.close(connection, incident, run_id=run_id, now=now)
    for outcome in silent.values():
        incidents.open_incident(
            connection,
            kind=incidents.NOT_EVALUATED,
            rule=outcome.rule.id,
            table=scan.table,
            found=0,
            cap=0,
            detail=outcome.reason or "",
            run_id=run_id,
            now=now,
        )


def open_by_severity(rt: Runtime) -> dict[str, int]:
    """Findings that are neither corrected nor gone, by severity."""
    with rt.transaction() as connection:
        rows = sql.run(connection, "open_by_severity")
        return {str(severity): int(findings) for severity, findings in rows}
