"""Check one table: verdicts, findings and, last, the watermark."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.detect import pairs, scopes
from data_consistency.detect.evidence import silent_by
from data_consistency.detect.opening import Opening, open_check
from data_consistency.detect.scan import scan_table
from data_consistency.detect.scopes import Reach
from data_consistency.errors import CheckNotEvaluated, WrongUse
from data_consistency.ledger import findings as ledger
from data_consistency.ledger import incidents, known_parents, runs, watermarks
from data_consistency.logs import logger_of
from data_consistency.rules import Suite
from data_consistency.rules.outcomes import LAST_ID, Outcome, Scan, Scope, TableCounts
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

KINDS = ("changed", "full", "range")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one check has seen, before anything of it is written."""

    scan: Scan
    late: Scan | None = None  # by rules that could not be judged earlier, over what changed since
    opening: Opening | None = None  # None: the watermark stays where it is
    reach: Reach | None = None

    @property
    def scans(self) -> tuple[Scan, ...]:
        """All there are."""
        return (self.scan,) if self.late is None else (self.scan, self.late)

    @property
    def silent(self) -> list[Outcome]:
        """What could not be evaluated, or not for every company, although nobody chose so."""
        outcomes = (outcome for scan in self.scans for outcome in scan.outcomes)
        return [outcome for outcome in outcomes if not outcome.is_judged and not outcome.is_chosen]

    @property
    def has_nothing_to_tell(self) -> bool:
        """Whether all that is to be written is how far the table has been checked."""
        if self.opening is None or self.reach is None or self.late is not None or self.scan.scope.kind != "changed":
            return False
        could_resolve = self.scan.scope.ids != () and self.opening.has_findings
        news = self.scan.violations or self.silent or self.opening.incidents or self.reach.seen.is_news
        return not (could_resolve or news)


def check_table(
    rt: Runtime,
    *,
    table: str,
    run_id: str,
    kind: str = "changed",
    company_id: int | None = None,
    first_id: int = 0,
    last_id: int | None = None,
    opening: Opening | None = None,
    quiet: list[Look] | None = None,
) -> TableCounts:
    """Check one table and write verdicts, findings and, last, the watermark.

    Args:
        rt: the runtime.
        table: of a suite.
        run_id: of a run begun before.
        kind: `changed` since the watermark, `full`, or `range` of ids.
        company_id: only this tenant; then the watermark stays where it is.
        first_id: of a range.
        last_id: of a range, inclusive; None: to the end.
        opening: read with those of other tables, before any of them was looked at; None: it is read here.
        quiet: takes up what was seen where there is nothing to tell, for `advance_quiet`; None: it is advanced here.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored all the same.
        WrongUse: no such kind, or a range that holds no id, or one of another kind than `range`.
    """
    suite = rt.suite_of(table)
    _refuse_range(kind, first_id, last_id)
    logger.info("Running data consistency check... table=%s kind=%s run=%s", table, kind, run_id)
    bounds = Scope(
        kind="range", first_id=first_id, last_id=LAST_ID if last_id is None else last_id, company_id=company_id
    )
    with rt.transaction() as connection:
        seen = look(connection, rt, suite, kind, bounds, opening)
        if seen.has_nothing_to_tell:
            if quiet is None:
                _advance(connection, rt, seen, run_id)
            else:
                quiet.append(seen)
            logger.info("Found: nothing new table=%s rows=%d", table, seen.scan.rows_checked)
            return TableCounts(table=table, rows_checked=seen.scan.rows_checked, left_out=_left_out(seen.scan))
    return record(rt, suite, seen, run_id=run_id)


def advance_quiet(rt: Runtime, looks: Sequence[Look], run_id: str) -> None:
    """Say of tables in which nothing was found how far they have been checked, all in one statement."""
    moved = {look.scan.table: look.opening.watermark for look in looks if look.opening is not None}
    if moved:
        rt.repeated(lambda connection: watermarks.advance_all(connection, moved, run_id, rt.now()))


def record(rt: Runtime, suite: Suite, seen: Look, *, run_id: str) -> TableCounts:
    """Write what a check found; the watermark moves last, in the same transaction.

    Raises:
        CheckNotEvaluated: a rule could not be evaluated; everything else is stored all the same.
    """
    now = rt.now()

    def write(connection: Connection) -> TableCounts:
        counts = TableCounts(table=suite.table)
        runs.give_sign(connection, run_id, now)
        for scan in seen.scans:
            runs.record_results(connection, scan, run_id, now)
            changes = ledger.record(connection, scan, run_id, now, judge=_judge(connection, rt, suite, scan))
            counts = _counted(counts, scan, changes)
        _note_silent(connection, rt, seen, run_id)
        _advance(connection, rt, seen, run_id)
        return counts

    counts = rt.repeated(write)
    _tell(seen, counts)
    if silent := seen.silent:
        names = ", ".join(outcome.rule.id for outcome in silent)
        raise CheckNotEvaluated(f"table {suite.table}: not evaluated: {names}; {silent[0].reason}")
    return counts


def open_by_severity(rt: Runtime) -> dict[str, int]:
    """Findings that are neither corrected nor gone, by severity."""
    with rt.transaction() as connection:
        rows = sql.run(connection, "open_by_severity")
        return {str(severity): int(findings) for severity, findings in rows}


def _refuse_range(kind: str, first_id: int, last_id: int | None) -> None:
    if kind not in KINDS:
        raise WrongUse(f"kind of check '{kind}'; use changed, full or range")
    if kind != "range" and (first_id or last_id is not None):
        raise WrongUse(f"ids {first_id} to {last_id}: a check of kind '{kind}' has no range; use kind range")
    if last_id is not None and last_id < first_id:
        raise WrongUse(f"ids {first_id} to {last_id}: the range holds none; give the smaller id first")


def look(
    connection: Connection, rt: Runtime, suite: Suite, kind: str, bounds: Scope, opening: Opening | None = None
) -> Look:
    """Look at what a check of a kind looks at; nothing is written.

    Args:
        connection: to a schema of ours.
        rt: the runtime.
        suite: of the table.
        kind: `changed`, `full` or `range`.
        bounds: tenant, and the ids of a range.
        opening: read before; None: it is read here.
    """
    now, company_id = rt.now(), bounds.company_id
    if kind == "range":
        return Look(scan=scan_table(connection, suite, bounds, now))
    opening = opening or open_check(connection, suite)
    if kind == "full":
        reach = scopes.full_scope(connection, suite, company_id)
    else:
        reach = scopes.changed_scope(connection, suite, opening, now, company_id)
    silent = silent_by(opening.signs, suite.rules, now)
    scanning = partial(scan_table, connection, now=now, silent=silent, is_mapped=opening.is_mapped)
    scan = scanning(suite, reach.scope)
    if reach.changed and (others := pairs.partners(connection, scan, reach.changed, now)) is not None:
        scan = pairs.joined(scan, scanning(suite, others))
    if company_id is not None:
        return Look(scan=scan)
    late = None
    if scan.scope.ids is not None:
        unjudged = frozenset(outcome.rule.id for outcome in scan.outcomes if not outcome.is_judged)
        if (held := scopes.held_scope(connection, suite, opening, now, unjudged)) is not None:
            late = scanning(*held)
    return Look(scan=scan, late=late, opening=opening, reach=reach)


def look_at(
    connection: Connection,
    rt: Runtime,
    suite: Suite,
    company_id: int | None,
    *,
    since: datetime | None = None,
    ids: Sequence[int] = (),
) -> Look | None:
    """Look at some rows between two checks, which go on as if nobody had; None: at none, or it cannot be told at which.

    Args:
        connection: to a schema of ours.
        rt: the runtime.
        suite: of the table.
        company_id: the tenant; None: that of the rows that are named.
        since: also at what something has happened to since then, of this tenant.
        ids: of rows that are named.
    """
    now = rt.now()
    opening = open_check(connection, suite)
    reach = None
    if since is not None and company_id is not None:
        since -= abs(opening.watermark.server_now - now)  # the mirror has our clock, the source has the server's
        reach = scopes.since_scope(connection, suite, opening, since, now, company_id)
    chosen = sorted({*ids, *(reach.scope.ids or () if reach is not None else ())})
    if not chosen:
        return None
    silent = silent_by(opening.signs, suite.rules, now)
    scanning = partial(scan_table, connection, now=now, silent=silent, is_mapped=opening.is_mapped)
    scan = scanning(suite, Scope(kind="changed", ids=tuple(chosen), company_id=company_id))
    changed = frozenset(ids) | (reach.changed if reach is not None else frozenset())
    if (others := pairs.partners(connection, scan, changed, now)) is not None:
        scan = pairs.joined(scan, scanning(suite, others))
    return Look(scan=scan)


def _judge(connection: Connection, rt: Runtime, suite: Suite, scan: Scan) -> ledger.Judge:
    """Scans rows of the table as they are now, by the rules that a scan could evaluate."""
    rules = replace(suite, rules=scan.evaluated_rules)

    def judge(ids: Sequence[int]) -> Scan:
        return scan_table(
            connection, rules, Scope(kind="ids", ids=tuple(ids), company_id=scan.scope.company_id), rt.now()
        )

    return judge


def _advance(connection: Connection, rt: Runtime, look: Look, run_id: str) -> None:
    if look.opening is None or look.reach is None:
        return
    known_parents.remember(connection, look.reach.seen)
    watermarks.advance(
        connection,
        look.scan.table,
        look.opening.watermark,
        run_id,
        rt.now(),
        silent=[outcome.rule.id for outcome in look.silent],
    )


def _note_silent(connection: Connection, rt: Runtime, look: Look, run_id: str) -> None:
    """Rules that could not be evaluated are incidents, of a company if it was its rows alone, until they are again."""
    now = rt.now()
    told = {(outcome.rule.id, company): outcome for outcome in look.silent for company in _companies(outcome)}
    asked = {outcome.rule.id for outcome in look.scan.outcomes}
    only = look.scan.scope.company_id
    for incident in incidents.waiting(connection, kind=incidents.NOT_EVALUATED, table=look.scan.table):
        is_about = incident.rule in asked and only in {None, incident.company_id}
        if is_about and (incident.rule, incident.company_id) not in told:
            incidents.close(connection, incident, run_id=run_id, now=now)
    for (rule, company), outcome in told.items():
        incidents.open_incident(
            connection,
            kind=incidents.NOT_EVALUATED,
            rule=rule,
            table=look.scan.table,
            found=0,
            cap=0,
            detail=outcome.reason or "",
            run_id=run_id,
            now=now,
            company_id=company,
        )


def _companies(outcome: Outcome) -> Sequence[int | None]:
    """Whose rows were not judged; None: everybody's."""
    return sorted(outcome.silent_companies) if outcome.silent_companies else (None,)


def _left_out(scan: Scan) -> dict[str, str]:
    return {outcome.rule.id: outcome.reason or "" for outcome in scan.outcomes if outcome.is_chosen}


def _counted(counts: TableCounts, scan: Scan, changes: ledger.LedgerCounts) -> TableCounts:
    found = {outcome.rule.id: outcome.violations for outcome in scan.outcomes if outcome.violations}
    rules = counts.violations.keys() | found.keys()
    return replace(
        counts,
        rows_checked=counts.rows_checked + scan.rows_checked,
        violations={rule: counts.violations.get(rule, 0) + found.get(rule, 0) for rule in sorted(rules)},
        opened=counts.opened + changes.opened,
        reopened=counts.reopened + changes.reopened,
        resolved=counts.resolved + changes.resolved,
        left_out={**counts.left_out, **_left_out(scan)},
    )


def _tell(look: Look, counts: TableCounts) -> None:
    logger.info(
        "Found: %d inconsistencies table=%s rows=%d rules=%d failed=%d opened=%d reopened=%d resolved=%d"
        " not_evaluated=%d",
        sum(counts.violations.values()),
        counts.table,
        counts.rows_checked,
        len(look.scan.outcomes),
        len(counts.violations),
        counts.opened,
        counts.reopened,
        counts.resolved,
        len(look.silent),
    )
    for rule_id, count in sorted(counts.violations.items()):
        logger.info("rule failed table=%s rule=%s violations=%d", counts.table, rule_id, count)
