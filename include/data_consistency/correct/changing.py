"""Changing rows: the statement by which a correction writes a batch, with all that must still hold of each row."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.engine import Connection

from data_consistency.correct.gate import Leave
from data_consistency.correct.notes import Order
from data_consistency.correct.proposals import Proposal, keep_change_time, present_columns
from data_consistency.correct.shapes import Written, assigned
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
    text = f"SELECT {', '.join(f't.{name}' for name in ('id', *columns))} FROM {table} AS t"  # noqa: S608  # allow-list
    text += " WHERE t.id IN :ids ORDER BY t.id"
    if lock:
        text += " FOR UPDATE"
    rows = sql.execute(connection, text, {"ids": list(ids)}).mappings()
    return {int(row["id"]): {column: row[column] for column in columns} for row in rows}


def held(connection: Connection, table: str, ids: Sequence[int]) -> frozenset[int]:
    """Rows that another transaction keeps locked at this moment; all others of them are locked by the caller's."""
    params = {"ids": list(ids)}
    text = f"SELECT id FROM {table} WHERE id IN :ids"  # noqa: S608  # allow-list
    free = {int(found) for (found,) in sql.execute(connection, text + " FOR UPDATE SKIP LOCKED", params)}
    there = {int(found) for (found,) in sql.execute(connection, text, params)}
    return frozenset(there - free)


def change(
    leave: Leave,
    order: Order,
    correction: Correction,
    accepted: Sequence[Proposal],
    before: Mapping[int, Mapping[str, object]],
) -> dict[int, dict[str, object]]:
    """Write what was proposed, by one UPDATE, however many different values there are.

    It repeats the violated condition, the precondition and the values of before, so that it changes no row of which
    one of them no longer holds.

    Returns:
        The rows that really changed, as they are now.
    """
    if not accepted:
        return {}
    alike: dict[str, list[Proposal]] = defaultdict(list)
    for item in accepted:
        key = json.dumps([[before[item.entity_id][c], item.values[c]] for c in correction.columns], default=str)
        alike[key].append(item)
    groups = [
        Written(
            ids=tuple(item.entity_id for item in items),
            before={column: before[items[0].entity_id][column] for column in correction.columns},
            after={column: items[0].values[column] for column in correction.columns},
        )
        for items in alike.values()
    ]
    _write(leave, order, correction, groups)
    after = read_rows(leave.connection, correction.table, [item.entity_id for item in accepted], lock=False)
    return {entity_id: row for entity_id, row in after.items() if row != before[entity_id]}


def _write(leave: Leave, order: Order, correction: Correction, groups: Sequence[Written]) -> None:
    connection, ids = leave.connection, [entity_id for group in groups for entity_id in group.ids]
    check_conditions(order.suite, facts_of(connection, correction.table))
    facts, _ = fit_to_schema(connection, facts_of(connection, correction.table))
    allowed, needed = violation(order.rule.condition), columns_of(order.rule, facts)
    if correction.when is not None:
        allowed += f" AND ({correction.when.condition})"
        needed |= correction.when.facts
    # Not the lean facts of a scan: merged into the UPDATE, they were read while triggers of the written rows changed
    # them, and an undo left behind what such a trigger had done.
    rows, params = facts.only(needed).scoped(Scope(kind="ids", ids=tuple(ids)))
    written = assigned(correction.columns, groups)
    text = (
        f"UPDATE {correction.table} AS t\n"  # reviewed files and the allow-list only
        f"INNER JOIN (\nSELECT f.id FROM (\n{rows}\nHAVING {allowed}\n) AS f\n) AS v ON v.id = t.id\n"
        f"SET {written.assignments}{keep_change_time(connection, correction.table, correction.columns)}\n"
        f"WHERE t.id IN :ids AND ({written.unchanged})"
    )
    leave.write(ids, text, {**params, **written.params, "ids": ids, "now": order.now})
