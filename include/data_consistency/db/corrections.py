"""Corrections: propose, lock, check again, change, verify, audit; one transaction a batch.

A correction file only *proposes* values. This module locks the rows, evaluates the rule again on them, repeats both
the violated condition and the before values in the UPDATE, and writes rows, audit, ledger and review items together.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import queue, sql
from data_consistency.db.facts import check_conditions
from data_consistency.db.proposals import (
    Correction,
    Proposal,
    keep_change_time,
    load_correction,
    present_columns,
    propose,
    to_json,
)
from data_consistency.db.scan import facts_of, fit_to_schema, scan_table
from data_consistency.errors import CorrectionFailed, InvalidRule
from data_consistency.findings import Scope, Violation, finding_fingerprint
from data_consistency.rules import Rule, Suite, violation

BATCH_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What happened to the rows of one batch."""

    corrected: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()  # to review
    skipped: tuple[int, ...] = ()  # no longer violating, gone, or changed by somebody else meanwhile
    unfixed: tuple[int, ...] = ()  # changed, but the rule is still violated: to review
    proposals: tuple[Proposal, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who corrects what, and for which run."""

    suite: Suite
    rule: Rule
    run_id: str
    actor: str
    now: datetime


def preview(connection: Connection, order: Order, ids: Sequence[int]) -> list[Proposal]:
    """The plan for the rows that violate the rule now; nothing is locked or changed."""
    violating = _still_violating(connection, order, ids)
    return propose(connection, load_correction(_name(order.rule)), sorted(violating), order.now)


def apply(connection: Connection, order: Order, ids: Sequence[int], *, accept_refused: bool = False) -> Batch:
    """Correct one batch of rows inside the caller's transaction.

    Args:
        connection: in a transaction; commit makes rows, audit, ledger and queue visible together.
        order: rule, run and actor.
        ids: at most BATCH_ROWS rows.
        accept_refused: a person approved the proposal, so its refusal no longer counts.

    Raises:
        CorrectionFailed: the database refused it; the caller's transaction is to be rolled back.
    """
    correction = load_correction(_name(order.rule))
    try:
        before = _read_rows(connection, correction.table, ids, lock=True)
        violating = _still_violating(connection, order, sorted(before))
        proposals = propose(connection, correction, sorted(violating), order.now)
        accepted = [item for item in proposals if item.refusal is None or accept_refused]
        refused = [item for item in proposals if item.refusal is not None and not accept_refused]
        changed = _update(connection, order, correction, accepted, before)
        unfixed = frozenset(_still_violating(connection, order, sorted(changed)))
        _audit(
            connection, order, correction, [item for item in accepted if item.entity_id in changed], before, violating
        )
    except DBAPIError as error:
        code = error.orig.args[0] if error.orig is not None and error.orig.args else "?"
        raise CorrectionFailed(
            f"correction '{correction.name}' refused by the database (error {code}); rolled back"
        ) from error
    fixed = sorted(changed - unfixed)
    _note(connection, order, accepted, refused, fixed, sorted(unfixed), violating)
    handled = changed | {item.entity_id for item in refused}
    return Batch(
        corrected=tuple(fixed),
        refused=tuple(sorted(item.entity_id for item in refused)),
        unfixed=tuple(sorted(unfixed)),
        skipped=tuple(sorted(set(ids) - handled)),
        proposals=tuple(proposals),
    )


def _name(rule: Rule) -> str:
    if rule.correction is None:
        raise InvalidRule(f"expectations/{rule.table}.json: rule '{rule.id}' has no correction to apply")
    return rule.correction


def _still_violating(connection: Connection, order: Order, ids: Sequence[int]) -> dict[int, Violation]:
    if not ids:
        return {}
    suite = Suite(table=order.suite.table, entity=order.suite.entity, rules=(order.rule,), path=order.suite.path)
    scan = scan_table(connection, suite, Scope(kind="ids", ids=tuple(ids)), order.now)
    if not scan.evaluated_rules:
        reason = scan.outcomes[0].reason
        raise CorrectionFailed(f"rule '{order.rule.id}' cannot be evaluated ({reason}); nothing is corrected")
    return {row.entity_id: row for row in scan.violations}


def _read_rows(connection: Connection, table: str, ids: Sequence[int], *, lock: bool) -> dict[int, dict[str, object]]:
    if not ids:
        return {}
    columns = present_columns(connection, table)
    text = f"SELECT id, {', '.join(columns)} FROM {table} WHERE id IN :ids ORDER BY id"  # noqa: S608  # allow-list
    if lock:
        text += " FOR UPDATE"
    rows = connection.execute(sql.statement(text, {"ids": list(ids)}), {"ids": list(ids)}).mappings()
    return {int(row["id"]): {column: row[column] for column in columns} for row in rows}


def _update(
    connection: Connection,
    order: Order,
    correction: Correction,
    accepted: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
) -> set[int]:
    """Set-based updates, one for each distinct change; returns the ids whose row really changed."""
    groups: dict[str, list[Proposal]] = defaultdict(list)
    for item in accepted:
        key = json.dumps([[before[item.entity_id][c], item.values[c]] for c in correction.columns], default=str)
        groups[key].append(item)
    for items in groups.values():
        first = items[0]
        _update_group(connection, order, correction, items, before[first.entity_id], first.values)
    after = _read_rows(connection, correction.table, [item.entity_id for item in accepted], lock=False)
    return {entity_id for entity_id, row in after.items() if row != before[entity_id]}


def _update_group(
    connection: Connection,
    order: Order,
    correction: Correction,
    items: Sequence[Proposal],
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    ids = [item.entity_id for item in items]
    check_conditions(order.suite, facts_of(correction.table))
    facts, _ = fit_to_schema(connection, facts_of(correction.table))
    rows, params = facts.scoped(Scope(kind="ids", ids=tuple(ids)))
    violated = violation(order.rule.condition)
    assignments = ", ".join(f"t.{column} = :after_{column}" for column in correction.columns)
    assignments += keep_change_time(connection, correction.table, "t.")
    unchanged = " AND ".join(f"t.{column} <=> :before_{column}" for column in correction.columns)
    text = (
        f"UPDATE {correction.table} AS t\n"  # reviewed files and the allow-list only
        f"INNER JOIN (\nSELECT f.id FROM (\n{rows}\nHAVING {violated}\n) AS f\n) AS v ON v.id = t.id\n"
        f"SET {assignments}\nWHERE t.id IN :ids AND {unchanged}"
    )
    params |= {"ids": ids, "now": order.now}
    params |= {f"after_{column}": after[column] for column in correction.columns}
    params |= {f"before_{column}": before[column] for column in correction.columns}
    connection.execute(sql.statement(text, params), params)


def _audit(
    connection: Connection,
    order: Order,
    correction: Correction,
    changed: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
    violating: Mapping[int, Violation],
) -> None:
    if not changed:
        return
    after = _read_rows(connection, correction.table, [item.entity_id for item in changed], lock=False)
    rows = []
    for item in changed:
        old, new = before[item.entity_id], after[item.entity_id]
        # Triggers may add to a change; what really differs is audited, so that undo restores the whole row.
        differing = [column for column in old if old[column] != new[column]]
        rows.append(
            {
                "run_id": order.run_id,
                "rule": order.rule.id,
                "rule_fingerprint": order.rule.fingerprint,
                "correction": correction.name,
                "table_name": correction.table,
                "entity_id": item.entity_id,
                "company_id": violating[item.entity_id].company_id,
                "before_values": to_json({column: old[column] for column in differing}),
                "after_values": to_json({column: new[column] for column in differing}),
                "evidence": item.evidence[:255],
                "actor": order.actor,
                "now": order.now,
            }
        )
    connection.execute(sql.statement(sql.query("insert_correction"), {}), rows)


def _note(
    connection: Connection,
    order: Order,
    accepted: Sequence[Proposal],
    refused: Sequence[Proposal],
    fixed: Sequence[int],
    unfixed: Sequence[int],
    violating: Mapping[int, Violation],
) -> None:
    if fixed:
        prints = [finding_fingerprint(order.rule.id, order.suite.entity, entity_id) for entity_id in fixed]
        notes = f"Corrected by {order.rule.correction} in run {order.run_id}."
        sql.run(connection, "mark_corrected", fingerprints=prints, now=order.now, notes=notes)
    by_id = {item.entity_id: item for item in accepted}
    items = [_item(order, item, violating, item.refusal or "refused") for item in refused]
    items += [_item(order, by_id[entity_id], violating, "still_violating") for entity_id in unfixed]
    items += [_item(order, by_id[i], violating, "corrected", priority=1) for i in fixed if by_id[i].review]
    queue.open_items(connection, items, run_id=order.run_id, now=order.now)


def _item(
    order: Order, item: Proposal, violating: Mapping[int, Violation], why: str, priority: int | None = None
) -> queue.NewItem:
    return queue.NewItem(
        rule_id=order.rule.id,
        entity=order.suite.entity,
        entity_id=item.entity_id,
        company_id=violating[item.entity_id].company_id,
        priority=priority or (1 if item.candidates else order.rule.priority),
        context={"why": why, "evidence": item.evidence, "candidates": list(item.candidates)},
        proposal=None if why == "corrected" else json.loads(to_json(item.values)),
        after_correction=why == "corrected",
    )
