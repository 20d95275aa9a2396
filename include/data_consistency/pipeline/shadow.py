"""Rules in shadow: what their corrections would do now, where that costs little."""

import dataclasses
from datetime import timedelta

from sqlalchemy.engine import Connection

from data_consistency.correct import applying
from data_consistency.correct.applying import Order
from data_consistency.detect.scan import scan_table
from data_consistency.errors import CorrectionFailed
from data_consistency.report import Preview
from data_consistency.report.counting import TREND_DAYS
from data_consistency.report.reader import reader
from data_consistency.rules import Mode, Suite
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime

# Above these the report says only how many rows a rule finds; a replay can be asked for the rest.
MAX_FOUND = applying.BATCH_ROWS
MAX_TABLE_ROWS = 200_000


def preview_shadows(rt: Runtime) -> dict[str, Preview]:
    """What the corrections of rules in shadow would do with the rows that violate them now, by rule.

    Rules without a correction, of large tables or with many violations are left out. Nothing is locked or changed.
    """
    previews: dict[str, Preview] = {}
    for suite in rt.suites().values():
        rules = tuple(rule for rule in suite.rules if rule.mode is Mode.SHADOW and rule.correction is not None)
        if rules:
            with rt.transaction() as connection:
                cheap = _cheap(connection, rt)
                small = tuple(rule for rule in rules if rule.id in cheap)
                previews |= _preview(connection, dataclasses.replace(suite, rules=small), rt)
    return previews


def _cheap(connection: Connection, rt: Runtime) -> set[str]:
    """Rules that found little in a small table, by the newest full check."""
    verdicts = reader(connection)("verdicts", since=rt.now() - timedelta(days=TREND_DAYS))
    return {
        str(row["rule"])
        for row in verdicts
        if row["violations"] is not None
        and int(str(row["violations"])) <= MAX_FOUND
        and int(str(row["rows_checked"])) <= MAX_TABLE_ROWS
    }


def _preview(connection: Connection, suite: Suite, rt: Runtime) -> dict[str, Preview]:
    if not suite.rules:
        return {}
    scan = scan_table(connection, suite, Scope(kind="full"), rt.now())
    previews = {}
    for rule in scan.evaluated_rules:
        ids = scan.ids_of(rule.id)
        if len(ids) > MAX_FOUND:
            continue
        order = Order(suite=suite, rule=rule, run_id="report", actor="report", now=rt.now())
        try:
            proposals = applying.preview(connection, order, ids)
        except CorrectionFailed:
            continue  # its precondition reads a column that this source lacks; the report says only what it finds
        refused = sum(item.refusal is not None for item in proposals)
        previews[rule.id] = Preview(correct=len(proposals) - refused, refuse=refused)
    return previews
