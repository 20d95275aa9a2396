"""Corrections: propose, lock, check again, change, verify, audit; one transaction a batch.

A correction file only *proposes* values. This module locks the rows, evaluates the rule and the file's precondition on
them again, repeats both and the before values in the UPDATE, and writes rows, audit, ledger and review items together.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.correct.notes import OUT_OF_REACH, PRECONDITION, Order, audit, note
from data_consistency.correct.proposals import Proposal, keep_change_time, present_columns, propose
from data_consistency.correct.reach import obstacle
from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.db.transactions import savepoint
from data_consistency.detect.lost import fit_to_schema
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.errors import CorrectionFailed, InvalidRule
from data_consistency.rules import Rule, violation
from data_consistency.rules.corrections import Correction, load_correction
from data_consistency.rules.language import check_conditions, columns_of
from data_consistency.rules.outcomes import Scope, Violation
from data_consistency.rules.precondition import Precondition

BATCH_ROWS = 500
DATABASE = "database_refused"
# A signal of a trigger, a constraint, a value that does not fit, whatever we do not know: one row may be the cause.
_ABOUT_A_ROW = frozenset({Kind.ROW, Kind.OTHER})

__all__ = ["BATCH_ROWS", "PRECONDITION", "Batch", "Order", "apply", "preview"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What happened to the rows of one batch."""

    corrected: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()  # to review
    skipped: tuple[int, ...] = ()  # no longer violating, gone, or changed by somebody else meanwhile
    unfixed: tuple[int, ...] = ()  # changed, but the rule is still violated: to review
    proposals: tuple[Proposal, ...] = field(default=())


def preview(connection: Connection, order: Order, ids: Sequence[int]) -> list[Proposal]:
    """The plan for the rows that violate the rule now; nothing is locked or changed."""
    correction = load_correction(sql.project_of(connection), _name(order.rule))
    if (why := obstacle(connection, order.rule, correction)) is not None:
        return _out_of_reach(_still_violating(connection, order, ids), why)
    return _proposals(connection, order, correction, _still_violating(connection, order, ids, correction.when))


def apply(connection: Connection, order: Order, ids: Sequence[int], *, accept_refused: bool = False) -> Batch:
    """Correct one batch of rows inside the caller's transaction.

    A row that the database itself refuses, by a trigger of somebody else or a constraint, is put before a person; the
    other rows of its batch are corrected all the same.

    Args:
        connection: in a transaction; commit makes rows, audit, ledger and queue visible together.
        order: rule, run and actor.
        ids: at most BATCH_ROWS rows.
        accept_refused: a person approved the proposal, so its refusal no longer counts; a precondition still does.

    Raises:
        CorrectionFailed: the rule cannot be evaluated; the caller's transaction is to be rolled back.
        DBAPIError: no row is the cause; after a deadlock the caller's transaction is to be repeated as a whole.
    """
    try:
        with savepoint(connection):
            return _apply(connection, order, ids, accept_refused=accept_refused)
    except DBAPIError as error:
        if server_errors.kind_of(error) not in _ABOUT_A_ROW:
            raise
    if len(ids) == 1:
        return _put_before_a_person(connection, order, ids[0])
    middle = len(ids) // 2
    return _joined(
        apply(connection, order, ids[:middle], accept_refused=accept_refused),
        apply(connection, order, ids[middle:], accept_refused=accept_refused),
    )


def _put_before_a_person(connection: Connection, order: Order, entity_id: int) -> Batch:
    violating = _still_violating(connection, order, [entity_id])
    return _refused(connection, order, [entity_id], violating, [_refusal(i, DATABASE) for i in violating])


def _refuse(connection: Connection, order: Order, ids: Sequence[int], why: str) -> Batch:
    violating = _still_violating(connection, order, ids)
    return _refused(connection, order, ids, violating, _out_of_reach(violating, why))


def _out_of_reach(violating: Mapping[int, Violation], why: str) -> list[Proposal]:
    return [_refusal(entity_id, OUT_OF_REACH, why) for entity_id in sorted(violating)]


def _refusal(entity_id: int, code: str, why: str | None = None) -> Proposal:
    return Proposal(entity_id=entity_id, values={}, evidence=why or code, refusal=code, review=False, candidates=())


def _refused(
    connection: Connection,
    order: Order,
    ids: Sequence[int],
    violating: Mapping[int, Violation],
    proposals: Sequence[Proposal],
) -> Batch:
    note(connection, order, [], proposals, [], [], violating)
    return Batch(
        refused=tuple(sorted(violating)),
        skipped=tuple(sorted(set(ids) - violating.keys())),
        proposals=tuple(proposals),
    )


def _joined(one: Batch, other: Batch) -> Batch:
    return Batch(
        corrected=one.corrected + other.corrected,
        refused=one.refused + other.refused,
        skipped=one.skipped + other.skipped,
        unfixed=one.unfixed + other.unfixed,
        proposals=one.proposals + other.proposals,
    )


def _apply(connection: Connection, order: Order, ids: Sequence[int], *, accept_refused: bool) -> Batch:
    correction = load_correction(sql.project_of(connection), _name(order.rule))
    if (why := obstacle(connection, order.rule, correction)) is not None:
        return _refuse(connection, order, ids, why)
    before = _read_rows(connection, correction.table, ids, lock=True)
    violating = _still_violating(connection, order, sorted(before), correction.when)
    proposals = _proposals(connection, order, correction, violating)
    refused = [item for item in proposals if _is_refused(item, accept_refused=accept_refused)]
    accepted = [item for item in proposals if not _is_refused(item, accept_refused=accept_refused)]
    changed = _update(connection, order, correction, accepted, before)
    unfixed = frozenset(_still_violating(connection, order, sorted(changed)))
    done = [item for item in accepted if item.entity_id in changed]
    audit(connection, order, correction, done, before, changed, violating)
    fixed = sorted(changed.keys() - unfixed)
    note(connection, order, accepted, refused, fixed, sorted(unfixed), violating)
    handled = changed.keys() | {item.entity_id for item in refused}
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


def _still_violating(
    connection: Connection, order: Order, ids: Sequence[int], when: Precondition | None = None
) -> dict[int, Violation]:
    """Rows that violate the rule now; those that do not meet the precondition carry a second bit."""
    if not ids:
        return {}
    rules: tuple[Rule, ...] = (order.rule,)
    if when is not None:
        rules += (replace(order.rule, id=PRECONDITION, condition=when.condition),)
    suite = replace(order.suite, rules=rules)
    scan = scan_table(connection, suite, Scope(kind="ids", ids=tuple(ids)), order.now)
    if scan.evaluated_rules != rules:
        reason = next(outcome.reason for outcome in scan.outcomes if outcome.reason is not None)
        raise CorrectionFailed(f"rule '{order.rule.id}' cannot be evaluated ({reason}); nothing is corrected")
    return {row.entity_id: row for row in scan.violations if row.bits & 1}


def _proposals(
    connection: Connection, order: Order, correction: Correction, violating: Mapping[int, Violation]
) -> list[Proposal]:
    """What the correction proposes where its precondition is met; a refusal everywhere else."""
    met = sorted(entity_id for entity_id, row in violating.items() if row.bits == 1)
    unmet = [_refusal(entity_id, PRECONDITION) for entity_id in sorted(violating.keys() - set(met))]
    return propose(connection, correction, met, order.now) + unmet


def _is_refused(item: Proposal, *, accept_refused: bool) -> bool:
    return item.refusal is not None and (not accept_refused or item.refusal == PRECONDITION)


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
) -> dict[int, dict[str, object]]:
    """Set-based updates, one for each distinct change; returns the rows that really changed, as they are now."""
    groups: dict[str, list[Proposal]] = defaultdict(list)
    for item in accepted:
        key = json.dumps([[before[item.entity_id][c], item.values[c]] for c in correction.columns], default=str)
        groups[key].append(item)
    for items in groups.values():
        first = items[0]
        _update_group(connection, order, correction, items, before[first.entity_id], first.values)
    after = _read_rows(connection, correction.table, [item.entity_id for item in accepted], lock=False)
    return {entity_id: row for entity_id, row in after.items() if row != before[entity_id]}


def _update_group(
    connection: Connection,
    order: Order,
    correction: Correction,
    items: Sequence[Proposal],
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    ids = [item.entity_id for item in items]
    check_conditions(order.suite, facts_of(connection, correction.table))
    facts, _ = fit_to_schema(connection, facts_of(connection, correction.table))
    allowed, needed = violation(order.rule.condition), columns_of(order.rule, facts)
    if correction.when is not None:
        allowed += f" AND ({correction.when.condition})"
        needed |= {correction.when.fact}
    rows, params = facts.only(needed).scoped(Scope(kind="ids", ids=tuple(ids)))
    assignments = ", ".join(f"t.{column} = :after_{column}" for column in correction.columns)
    assignments += keep_change_time(connection, correction.table, "t.")
    unchanged = " AND ".join(f"t.{column} <=> :before_{column}" for column in correction.columns)
    text = (
        f"UPDATE {correction.table} AS t\n"  # reviewed files and the allow-list only
        f"INNER JOIN (\nSELECT f.id FROM (\n{rows}\nHAVING {allowed}\n) AS f\n) AS v ON v.id = t.id\n"
        f"SET {assignments}\nWHERE t.id IN :ids AND {unchanged}"
    )
    params |= {"ids": ids, "now": order.now}
    params |= {f"after_{column}": after[column] for column in correction.columns}
    params |= {f"before_{column}": before[column] for column in correction.columns}
    connection.execute(sql.statement(text, params), params)
