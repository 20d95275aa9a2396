"""Correct what the open findings of a table allow: plan, guard, apply, verify, audit."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.correct import applying
from data_consistency.correct.applying import Order
from data_consistency.correct.plan import OSCILLATION_HOURS, Plan, plan
from data_consistency.correct.proposals import Proposal
from data_consistency.db import sql
from data_consistency.detect import evidence
from data_consistency.ledger import findings, incidents, queue, switches
from data_consistency.logs import logger_of
from data_consistency.rules import Mode, Rule, Suite
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

# After a person said no, the same question is not asked again for this long, unless it has grown.
REJECTED_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionCounts:
    """What one run corrected in one table; with dry-run, what it would have corrected."""

    table: str
    planned: int = 0
    corrected: int = 0
    refused: int = 0  # the evidence said no: to review
    skipped: int = 0  # no longer violating
    waiting: int = 0  # too young, or their evidence cannot be had now
    to_review: int = 0
    incidents: int = 0
    dry_run: bool = False


def correct_table(
    rt: Runtime,
    *,
    table: str,
    run_id: str,
    actor: str,
    dry_run: bool | None = None,
    company_id: int | None = None,
    rule_id: str | None = None,
) -> CorrectionCounts:
    """Correct what the open findings of a table allow; the rest goes to review or becomes an incident."""
    suite = rt.suite_of(table)
    dry = rt.source.dry_run if dry_run is None else dry_run
    counts = CorrectionCounts(table=table, dry_run=dry)
    with rt.transaction() as connection:
        enabled = rt.source.corrections_enabled and switches.is_on(connection, switches.CORRECTIONS)
    if not enabled:
        logger.warning("corrections are switched off table=%s run=%s", table, run_id)
        return counts
    for rule in suite.rules:
        if rule.mode is Mode.CORRECT and rule_id in {None, rule.id}:
            counts = _add(counts, _correct_rule(rt, suite, rule, run_id, actor, dry=dry, company_id=company_id))
    logger.info(
        "correction finished table=%s planned=%d corrected=%d refused=%d waiting=%d incidents=%d dry_run=%s run=%s",
        table, counts.planned, counts.corrected, counts.refused, counts.waiting, counts.incidents, dry, run_id,
    )  # fmt: skip
    return counts


def _correct_rule(
    rt: Runtime, suite: Suite, rule: Rule, run_id: str, actor: str, *, dry: bool, company_id: int | None
) -> CorrectionCounts:
    now = rt.now()
    decided = plan_rule(rt, rule, company_id=company_id)
    order = Order(suite=suite, rule=rule, run_id=run_id, actor=actor, now=now)
    counts = CorrectionCounts(
        table=rule.table,
        planned=len(decided.correct),
        waiting=len(decided.waiting),
        incidents=int(decided.incident is not None),
        dry_run=dry,
    )
    if dry:
        return counts
    rt.repeated(lambda connection: _put_before_people(connection, suite, rule, decided, run_id, rt))
    counts = _add(counts, CorrectionCounts(table=rule.table, to_review=len(decided.oscillating + decided.opted_out)))
    for start in range(0, len(decided.correct), applying.BATCH_ROWS):
        ids = decided.correct[start : start + applying.BATCH_ROWS]
        batch = rt.repeated(partial(_correct_batch, order=order, ids=ids))
        counts = _add(
            counts,
            CorrectionCounts(
                table=rule.table,
                corrected=len(batch.corrected),
                refused=len(batch.refused),
                skipped=len(batch.skipped),
                to_review=len(batch.refused) + len(batch.unfixed),
            ),
        )
    if decided.correct:
        rt.repeated(
            partial(
                incidents.close,
                kind=incidents.CAP_EXCEEDED,
                rule=rule.id,
                table=rule.table,
                now=now,
                statuses=("open", "approved"),
            )
        )
    return counts


def _put_before_people(
    connection: Connection, suite: Suite, rule: Rule, decided: Plan, run_id: str, rt: Runtime
) -> None:
    _note_incident(connection, rule, decided, run_id, rt)
    _send_to_review(connection, suite, rule, decided, run_id, rt)


def _correct_batch(connection: Connection, *, order: Order, ids: tuple[int, ...]) -> applying.Batch:
    batch = applying.apply(connection, order, ids)
    _resolve_skipped(connection, order, batch.skipped)
    return batch


def plan_rule(rt: Runtime, rule: Rule, *, company_id: int | None = None) -> Plan:
    """What would happen to the open findings of a rule now."""
    now = rt.now()
    with rt.transaction() as connection:
        candidates = findings.open_findings(
            connection,
            rule,
            corrected_since=now - timedelta(hours=OSCILLATION_HOURS),
            company_id=company_id,
        )
        checked = sql.run(connection, "last_rows_checked", rule=rule.id).scalar_one_or_none()
        approved = incidents.approved_rows(connection, rule.id)
        silent = evidence.silent_rules(connection, [rule], now)
    if silent:
        # Evidence that cannot be had now is no reason to decide: the findings stay open.
        return Plan(waiting=tuple(candidate.entity_id for candidate in candidates))
    return plan(
        rule,
        candidates,
        now=now,
        caps=rt.source.caps,
        rows_checked=None if checked is None else int(checked),
        opted_out=rt.source.opted_out_companies,
        approved=approved,
    )


def preview_rule(rt: Runtime, rule: Rule, ids: tuple[int, ...]) -> list[Proposal]:
    """The values a correction would write; nothing is changed."""
    suite = rt.suite_of(rule.table)
    order = Order(suite=suite, rule=rule, run_id="plan", actor="plan", now=rt.now())
    with rt.transaction() as connection:
        return applying.preview(connection, order, ids)


def _note_incident(connection: Connection, rule: Rule, decided: Plan, run_id: str, rt: Runtime) -> None:
    if decided.incident is None:
        return
    found, cap = decided.incident.found, decided.incident.cap
    if found <= incidents.rejected_rows(connection, rule.id, since=rt.now() - timedelta(hours=REJECTED_HOURS)):
        logger.info("cap exceeded, as a person has rejected already rule=%s found=%d run=%s", rule.id, found, run_id)
        return
    logger.warning("cap exceeded rule=%s found=%d cap=%d run=%s", rule.id, found, cap, run_id)
    incidents.open_incident(
        connection,
        kind=incidents.CAP_EXCEEDED,
        rule=rule.id,
        table=rule.table,
        found=found,
        cap=cap,
        detail=f"{found} rows want correction '{rule.correction}', a run may change {cap}; nothing was changed",
        run_id=run_id,
        now=rt.now(),
    )


def _send_to_review(connection: Connection, suite: Suite, rule: Rule, decided: Plan, run_id: str, rt: Runtime) -> None:
    for why, ids in (("oscillating", decided.oscillating), ("opted_out", decided.opted_out)):
        companies = findings.companies_of(connection, rule.id, ids)
        items = [
            queue.NewItem(
                rule_id=rule.id,
                entity=suite.entity,
                entity_id=entity_id,
                company_id=companies.get(entity_id),
                priority=rule.priority,
                context={"why": why},
                proposal=None,
            )
            for entity_id in ids
        ]
        queue.open_items(connection, items, run_id=run_id, now=rt.now())


def _resolve_skipped(connection: Connection, order: Order, skipped: tuple[int, ...]) -> None:
    """Findings of rows that turned out to be fine under the lock."""
    ids = findings.open_ids(connection, order.rule.id, skipped)
    findings.resolve(connection, ids, order.now, "The violation was gone when it was to be corrected.")


def _add(one: CorrectionCounts, other: CorrectionCounts) -> CorrectionCounts:
    return CorrectionCounts(
        table=one.table,
        planned=one.planned + other.planned,
        corrected=one.corrected + other.corrected,
        refused=one.refused + other.refused,
        skipped=one.skipped + other.skipped,
        waiting=one.waiting + other.waiting,
        to_review=one.to_review + other.to_review,
        incidents=one.incidents + other.incidents,
        dry_run=one.dry_run,
    )
