"""Correct what the open findings of a table allow: plan, guard, apply, verify, audit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.correct import applying, gate
from data_consistency.correct.applying import Order
from data_consistency.correct.notes import item_of
from data_consistency.correct.plan import OSCILLATION_HOURS, Plan, plan
from data_consistency.correct.proposals import Proposal
from data_consistency.correct.warrant import Authority, Warrant, ask_of
from data_consistency.db import sql
from data_consistency.detect import evidence
from data_consistency.errors import GateClosed
from data_consistency.ledger import findings, queue
from data_consistency.logs import logger_of
from data_consistency.pipeline import approvals, batches
from data_consistency.pipeline.rule_task import (
    OF_ONE_RULE,
    CorrectionCounts,
    Failed,
    RulesFailed,
    Stopped,
    Task,
    add,
)
from data_consistency.rules import Mode, Rule, Suite
from data_consistency.rules.outcomes import Violation
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

__all__ = ["CorrectionCounts", "RulesFailed", "correct_table", "plan_rule", "preview_rule"]


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
    """Correct what the open findings of a table allow; the rest goes to review or becomes an incident.

    A switch that is thrown meanwhile stops it before its next transaction.

    Raises:
        RulesFailed: some rules could not be corrected to the end; all others were.
    """
    suite = rt.suite_of(table)
    dry = rt.source.dry_run if dry_run is None else dry_run
    counts = CorrectionCounts(table=table, dry_run=dry)
    failed: dict[str, BaseException] = {}
    try:
        for rule in _rules_with_work(rt, suite, dry):
            if rule_id in {None, rule.id}:
                task = Task(
                    rt=rt, suite=suite, rule=rule, run_id=run_id, actor=actor, dry_run=dry, company_id=company_id
                )
                counts = _unless_it_fails(task, counts, failed)
    except Stopped as stopped:
        counts = stopped.counts
        logger.warning("corrections stopped table=%s run=%s why=%s", table, run_id, stopped.__cause__)
    except GateClosed as closed:
        logger.warning("nothing is corrected table=%s run=%s why=%s", table, run_id, closed)
    logger.info(
        "correction finished table=%s planned=%d corrected=%d refused=%d waiting=%d incidents=%d dry_run=%s run=%s",
        table, counts.planned, counts.corrected, counts.refused, counts.waiting, counts.incidents, dry, run_id,
    )  # fmt: skip
    if failed:
        names, first = ", ".join(failed), next(iter(failed.values()))
        say = f"table {table}: not corrected to the end: {names} ({first}); all other rules were"
        raise RulesFailed(say, counts) from first
    return counts


def _unless_it_fails(task: Task, counts: CorrectionCounts, failed: dict[str, BaseException]) -> CorrectionCounts:
    """Correct a rule; `failed` takes up why it could not be, so that the other rules are corrected all the same."""
    why: BaseException
    try:
        return _correct_rule(task, counts)
    except Failed as failure:
        counts, why = failure.counts, failure.__cause__ or failure
    except OF_ONE_RULE as error:
        why = error
    logger.error("rule not corrected to the end rule=%s run=%s why=%s", task.rule.id, task.run_id, why)
    failed[task.rule.id] = why
    return counts


def _rules_with_work(rt: Runtime, suite: Suite, dry_run: bool) -> list[Rule]:
    """The rules about which there is anything to do.

    Raises:
        GateClosed: nothing may be written; each transaction asks again.
    """

    def look(connection: Connection) -> set[str]:
        if not dry_run:
            gate.ask_switches(connection, Warrant(authority=Authority.AUTOMATIC, source=rt.source))
        busy = sql.run(connection, "rules_with_work", entity=suite.entity, table_name=suite.table)
        return {str(rule) for (rule,) in busy}

    names = rt.repeated(look)
    return [rule for rule in suite.rules if rule.mode is Mode.CORRECT and rule.id in names]


def _correct_rule(task: Task, counts: CorrectionCounts) -> CorrectionCounts:
    if not task.dry_run:
        if approvals.close_void(task):
            return counts
        counts = approvals.apply_approved(task, counts)
    decided = plan_rule(task.rt, task.rule, company_id=task.company_id, run_id=task.run_id)
    counts = add(
        counts,
        task.counts(planned=len(decided.correct), waiting=len(decided.waiting), incidents=len(decided.incidents)),
    )
    if task.dry_run:
        return counts
    asked = sum(approvals.ask_person(task, exceeded) for exceeded in decided.incidents)
    counts = add(counts, task.counts(asked=asked))
    counts = add(counts, _send_to_review(task, decided))
    return batches.correct(task, decided.correct, counts)


def plan_rule(rt: Runtime, rule: Rule, *, company_id: int | None = None, run_id: str = "plan") -> Plan:
    """What would happen to the open findings of a rule now.

    Args:
        rt: the runtime.
        rule: in mode `correct`.
        company_id: only this tenant.
        run_id: whose corrections so far count against its cap.
    """
    now = rt.now()
    with rt.transaction() as connection:
        candidates = findings.open_findings(
            connection, rule, corrected_since=now - timedelta(hours=OSCILLATION_HOURS), company_id=company_id
        )
        silent = evidence.silent_rules(connection, [rule], now)
        checks = sorted({candidate.found_by for candidate in candidates if candidate.found_by is not None})
        used = gate.usage(connection, ask_of(rule, run_id=run_id, now=now), checks)
    # Evidence that cannot be had now is no reason to decide: the findings stay open.
    silence = silent.get(rule.id)
    heard = [one for one in candidates if silence is None or not silence.covers(one.company_id)]
    waiting = tuple(one.entity_id for one in candidates if silence is not None and silence.covers(one.company_id))
    planned = plan(rule, heard, now=now, caps=rt.source.caps, opted_out=rt.source.opted_out_companies, usage=used)
    return replace(planned, waiting=(*planned.waiting, *waiting))


def preview_rule(rt: Runtime, rule: Rule, ids: Sequence[int]) -> list[Proposal]:
    """The values a correction would write; nothing is changed."""
    suite = rt.suite_of(rule.table)
    order = Order(suite=suite, rule=rule, run_id="plan", actor="plan", now=rt.now())
    with rt.transaction() as connection:
        return applying.preview(connection, order, ids)


def _send_to_review(task: Task, decided: Plan) -> CorrectionCounts:
    """Questions about rows that are not to be changed without a person, each with the values that would be written."""
    sent = 0
    for why, ids in (("oscillating", decided.oscillating), ("opted_out", decided.opted_out)):
        if not ids:
            continue
        proposals, companies = task.previews(ids)
        rows = {
            entity_id: Violation(entity_id=entity_id, company_id=company, changed_at=None, bits=1)
            for entity_id, company in companies.items()
        }
        order = task.order()
        items = [item_of(order, item, rows, item.refusal or why) for item in proposals if item.entity_id in rows]
        task.rt.repeated(partial(queue.open_items, items=items, run_id=task.run_id, now=order.now, actor=task.actor))
        sent += len(items)
    return task.counts(to_review=sent)
