"""Runs, their verdicts, heartbeats and watermarks."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import sql
from data_consistency.db.facts import CHANGE_COLUMN
from data_consistency.findings import Scan, Scope
from data_consistency.rules import Rule

# Covers transactions that stamped a row before the last watermark and committed after it.
OVERLAP_MINUTES = 10
_UNKNOWN_COLUMN = 1054
_NO_SUCH_TABLE = 1146
# Without a change column: days of business time that are read again.
WINDOW_DAYS = 8
# More changed rows than this are read cheaper as a whole table.
MAX_CHANGED_IDS = 100_000


def new_run_id(kind: str, now: datetime) -> str:
    """A readable, unique id of a run started by hand."""
    return f"{kind}__{now:%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"


def start(
    connection: Connection, run_id: str, *, kind: str, actor: str, dry_run: bool, rule_set: str | None, now: datetime
) -> None:
    """Note that a run began; the same id again means that it goes on."""
    sql.run(connection, "start_run", run_id=run_id, kind=kind, actor=actor, dry_run=dry_run, rule_set=rule_set, now=now)
    sql.run(connection, "beat", name=kind, run_id=run_id, now=now)


def finish(
    connection: Connection,
    run_id: str,
    *,
    now: datetime,
    counts: Mapping[str, object] | None = None,
    error: str | None = None,
) -> None:
    """Note how a run ended; `error` is a class and a place, never data."""
    sql.run(
        connection,
        "finish_run",
        run_id=run_id,
        status="failed" if error else "succeeded",
        counts=None if counts is None else json.dumps(counts),
        error=None if error is None else error[:500],
        now=now,
    )


def record_results(connection: Connection, scan: Scan, run_id: str, now: datetime) -> None:
    """Store the verdict of every rule of a scan."""
    rows = [
        {
            "run_id": run_id,
            "table_name": scan.table,
            "rule": outcome.rule.id,
            "catalogue": outcome.rule.catalogue,
            "severity": outcome.rule.severity.value,
            "mode": outcome.rule.mode.value,
            "rule_fingerprint": outcome.rule.fingerprint,
            "outcome": outcome.verdict.value,
            "rows_checked": outcome.rows_checked,
            "violations": outcome.violations,
            "reason": None if outcome.reason is None else outcome.reason[:500],
            "scope": scan.scope.kind,
            "company_id": scan.scope.company_id,
            "now": now,
        }
        for outcome in scan.outcomes
    ]
    sql.run_many(connection, "insert_rule_result", rows)


def changed_scope(
    connection: Connection, table: str, company_id: int | None, rules: Sequence[Rule] = ()
) -> tuple[Scope, datetime]:
    """The rows that the next incremental check of a table must read, and the watermark to set afterwards.

    That is what changed, what reached the age at which a rule judges it anew, and what a rule found by looking at
    other rows. Without a watermark, when very much changed, or when the source lacks a column by which rows are tied
    to what changed, it is the whole table.
    """
    row = sql.run(connection, "read_watermark", table_name=table).one()
    server_now, until = row
    if until is None:
        return Scope(kind="full", company_id=company_id), server_now
    since = until - timedelta(minutes=OVERLAP_MINUTES)
    try:
        ids = _changed_ids(connection, table, since)
        for minutes in sorted({rule.due_after_minutes for rule in rules if rule.due_after_minutes is not None}):
            age = timedelta(minutes=minutes)
            ids |= _ids(connection, f"due_{table}", {"since": since - age, "until": server_now - age})
    except DBAPIError as error:
        if _code(error) != _UNKNOWN_COLUMN:
            raise
        return Scope(kind="full", company_id=company_id), server_now
    if pairs := [rule.id for rule in rules if rule.reads_other_rows]:
        ids |= {int(entity_id) for (entity_id,) in sql.run(connection, "open_of_rules", rules=pairs)}
    if len(ids) > MAX_CHANGED_IDS:
        return Scope(kind="full", company_id=company_id), server_now
    return Scope(kind="changed", ids=tuple(sorted(ids)), company_id=company_id), server_now


def full_scope(connection: Connection, table: str, company_id: int | None) -> tuple[Scope, datetime]:
    """The whole table, and the watermark to set afterwards."""
    server_now, _ = sql.run(connection, "read_watermark", table_name=table).one()
    return Scope(kind="full", company_id=company_id), server_now


def _changed_ids(connection: Connection, table: str, since: datetime) -> set[int]:
    return _ids(connection, f"changed_{table}", {"since": since})


def _ids(connection: Connection, query: str, times: dict[str, datetime]) -> set[int]:
    text = sql.query(query)
    try:
        rows = connection.execute(sql.statement(text, {}), times)
    except DBAPIError as error:
        if _code(error) == _NO_SUCH_TABLE:
            # A mapping may lack the table; the scan tells what cannot be evaluated without it.
            return set()
        if _code(error) != _UNKNOWN_COLUMN:
            raise
        # Business times are not change times: late and edited rows are caught by a wide window and the full check.
        text = text.replace(CHANGE_COLUMN, "created_at")
        rows = connection.execute(
            sql.statement(text, {}), times | {"since": times["since"] - timedelta(days=WINDOW_DAYS)}
        )
    return {int(changed) for (changed,) in rows}


def _code(error: DBAPIError) -> object:
    return getattr(error.orig, "args", (None,))[0]


def advance_watermark(connection: Connection, table: str, until: datetime, run_id: str, now: datetime) -> None:
    """Say how far a table has been checked; the last step of a check."""
    sql.run(connection, "advance_watermark", table_name=table, changed_until=until, run_id=run_id, now=now)
