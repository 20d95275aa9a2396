"""Changing rows: the statements by which a correction writes, each with all that must still hold of the row."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.engine import Connection

from data_consistency.correct.gate import Leave
from data_consistency.correct.notes import Order
from data_consistency.correct.proposals import Proposal, keep_change_time, present_columns
from data_consistency.db import sql
from data_consistency.detect.lost import fit_to_schema
from data_consistency.detect.scan import facts_of
from data_consistency.rules import violation
from data_consistency.rules.corrections import Correction
from data_consistency.rules.language import check_conditions, columns_of
from data_consistency.rules.outcomes import Scope


def read_rows(connection: Connection, table: str, ids: Sequence[int], *, lock: bool) -> dict[int, dict[str, object]]:
    """The columns of some rows that a correction may change, as far as the source has them, by id."""
    if not ids:
        return {}
    columns = present_columns(connection, table)
    text = f"SELECT id, {', '.join(columns)} FROM {table} WHERE id IN :ids ORDER BY id"  # noqa: S608  # allow-list
    if lock:
        text += " FOR UPDATE"
    rows = connection.execute(sql.statement(text, {"ids": list(ids)}), {"ids": list(ids)}).mappings()
    return {int(row["id"]): {column: row[column] for column in columns} for row in rows}


def held(connection: Connection, table: str, ids: Sequence[int]) -> frozenset[int]:
    """Rows that another transaction keeps locked at this moment; all others of them are locked by the caller's."""
    params = {"ids": list(ids)}
    text = f"SELECT id FROM {table} WHERE id IN :ids"  # noqa: S608  # allow-list
    free = {
        int(found) for (found,) in connection.execute(sql.statement(text + " FOR UPDATE SKIP LOCKED", params), params)
    }
    there = {int(found) for (found,) in connection.execute(sql.statement(text, params), params)}
    return frozenset(there - free)


def change(
    leave: Leave,
    order: Order,
    correction: Correction,
    accepted: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
) -> dict[int, dict[str, object]]:
    """Write what was proposed, by one UPDATE for each distinct change.

    Each repeats the violated condition, the precondition and the values of before, so that it changes no row of which
    one of them no longer holds.

    Returns:
        The rows that really changed, as they are now.
    """
    groups: dict[str, list[Proposal]] = defaultdict(list)
    for item in accepted:
        key = json.dumps([[before[item.entity_id][c], item.values[c]] for c in correction.columns], default=str)
        groups[key].append(item)
    for items in groups.values():
        first = items[0]
        _change_alike(leave, order, correction, items, before[first.entity_id], first.values)
    after = read_rows(leave.connection, correction.table, [item.entity_id for item in accepted], lock=False)
    return {entity_id: row for entity_id, row in after.items() if row != before[entity_id]}


def _change_alike(
    leave: Leave,
    order: Order,
    correction: Correction,
    items: Sequence[Proposal],
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    ids, connection = [item.entity_id for item in items], leave.connection
    check_conditions(order.suite, facts_of(connection, correction.table))
    facts, _ = fit_to_schema(connection, facts_of(connection, correction.table))
    allowed, needed = violation(order.rule.condition), columns_of(order.rule, facts)
    if correction.when is not None:
        allowed += f" AND ({correction.when.condition})"
        needed |= correction.when.facts
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
    leave.write(ids, text, params)
