"""Scopes: which rows a check looks at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.ledger import watermarks
from data_consistency.rules import Rule
from data_consistency.rules.facts import CHANGE_COLUMN
from data_consistency.rules.outcomes import Scope

# Covers transactions that stamped a row before the last watermark and committed after it.
OVERLAP_MINUTES = 10
# Without a change column: days of business time that are read again.
WINDOW_DAYS = 8
# More changed rows than this are read cheaper as a whole table.
MAX_CHANGED_IDS = 100_000


def changed_scope(
    connection: Connection, table: str, company_id: int | None, rules: Sequence[Rule] = ()
) -> tuple[Scope, datetime]:
    """The rows that the next incremental check of a table must read, and the watermark to set afterwards.

    That is what changed, what reached the age at which a rule judges it anew, and what a rule found by looking at
    other rows. Without a watermark, when very much changed, or when the source lacks a column by which rows are tied
    to what changed, it is the whole table.
    """
    watermark = watermarks.read(connection, table)
    server_now, until = watermark.server_now, watermark.changed_until
    if until is None:
        return Scope(kind="full", company_id=company_id), server_now
    since = until - timedelta(minutes=OVERLAP_MINUTES)
    try:
        ids = _changed_ids(connection, table, since)
        for minutes in sorted({rule.due_after_minutes for rule in rules if rule.due_after_minutes is not None}):
            age = timedelta(minutes=minutes)
            ids |= _ids(connection, f"due_{table}", {"since": since - age, "until": server_now - age})
    except DBAPIError as error:
        if server_errors.code_of(error) != server_errors.NO_SUCH_COLUMN:
            raise
        return Scope(kind="full", company_id=company_id), server_now
    if pairs := [rule.id for rule in rules if rule.reads_other_rows]:
        ids |= {int(entity_id) for (entity_id,) in sql.run(connection, "open_of_rules", rules=pairs)}
    if len(ids) > MAX_CHANGED_IDS:
        return Scope(kind="full", company_id=company_id), server_now
    return Scope(kind="changed", ids=tuple(sorted(ids)), company_id=company_id), server_now


def full_scope(connection: Connection, table: str, company_id: int | None) -> tuple[Scope, datetime]:
    """The whole table, and the watermark to set afterwards."""
    return Scope(kind="full", company_id=company_id), watermarks.read(connection, table).server_now


def _changed_ids(connection: Connection, table: str, since: datetime) -> set[int]:
    return _ids(connection, f"changed_{table}", {"since": since})


def _ids(connection: Connection, query: str, times: dict[str, datetime]) -> set[int]:
    text = sql.query(sql.project_of(connection), query)
    try:
        rows = connection.execute(sql.statement(text, {}), times)
    except DBAPIError as error:
        if server_errors.code_of(error) == server_errors.NO_SUCH_TABLE:
            # A mapping may lack the table; the scan tells what cannot be evaluated without it.
            return set()
        if server_errors.code_of(error) != server_errors.NO_SUCH_COLUMN:
            raise
        # Business times are not change times: late and edited rows are caught by a wide window and the full check.
        text = text.replace(CHANGE_COLUMN, "created_at")
        rows = connection.execute(
            sql.statement(text, {}), times | {"since": times["since"] - timedelta(days=WINDOW_DAYS)}
        )
    return {int(changed) for (changed,) in rows}
