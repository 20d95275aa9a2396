"""What a check of one table begins with: the server's clock, how far the table has been checked, what is silent."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.detect.evidence import Calendar, Signs, needs_of
from data_consistency.ledger.watermarks import LONGEST_TRANSACTION, Watermark
from data_consistency.logs import logger_of
from data_consistency.rules import Suite

_PART = "\nUNION ALL\n"
_TRANSACTIONS = "innodb_trx"
# Remembered on the connection, so that the server is not asked in vain each time.
_BLIND = "consistency_sees_no_transactions"

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known before any row of a table is looked at."""

    watermark: Watermark
    signs: Signs
    incidents: frozenset[str]  # rules whose silence has been told and not ended
    has_findings: bool  # whether any finding of the table is not closed
    is_mapped: bool  # whether tables may be views of ours


def open_check(connection: Connection, suite: Suite) -> Opening:
    """Read it in one trip, before anything else of the check.

    Without the PROCESS privilege running transactions cannot be seen: the overlap of windows covers those of ten
    minutes, the daily check longer ones.
    """
    rows = _rows(connection, suite)
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for kind, name, moment in rows:
        if moment is not None:
            found[str(kind)][str(name)] = moment
    held = {rule: since for rule, since in found["watermark"].items() if rule}
    watermark = Watermark(
        server_now=found["clock"][""],
        changed_until=found["watermark"].get(""),
        held=held,
        oldest_change=found["transaction"].get(""),
    )
    _tell_of_long_transaction(watermark, suite.table)
    return Opening(
        watermark=watermark,
        signs=Signs(
            seen=found["heartbeat"],
            calendars=tuple(
                Calendar(
                    company_id=int(company),
                    begun=begun,
                    changes=found["changes"].get(company),
                    horizon=found["horizon"].get(company),
                )
                for company, begun in sorted(found["reading"].items())
            ),
        ),
        incidents=frozenset(found["incident"]),
        has_findings=bool(found["finding"]),
        is_mapped=bool(found["mapping"]),
    )


def sees_transactions(connection: Connection) -> bool:
    """Whether the user of a connection may see the transactions that run."""
    try:
        connection.exec_driver_sql(f"SELECT 1 FROM information_schema.{_TRANSACTIONS} LIMIT 1")  # noqa: S608  # a name
    except DBAPIError as error:
        if not server_errors.is_denied(error):
            raise
        return False
    return True


def _rows(connection: Connection, suite: Suite) -> list[tuple[object, object, datetime | None]]:
    text = sql.query(sql.project_of(connection), "open_check")
    params: dict[str, object] = {
        "table_name": suite.table,
        "names": needs_of(suite.rules) or [""],
        "rules": [rule.id for rule in suite.rules],
    }
    if not connection.info.get(_BLIND):
        try:
            return [tuple(row) for row in sql.execute(connection, text, params)]
        except DBAPIError as error:
            if not server_errors.is_denied(error):
                raise
            connection.info[_BLIND] = True
            logger.info("running transactions cannot be seen: the user lacks PROCESS table=%s", suite.table)
    text = _PART.join(part for part in text.split(_PART) if _TRANSACTIONS not in part)
    return [tuple(row) for row in sql.execute(connection, text, params)]


def _tell_of_long_transaction(watermark: Watermark, table: str) -> None:
    oldest = watermark.oldest_change
    if oldest is not None and watermark.server_now - oldest > LONGEST_TRANSACTION:
        logger.warning(
            "a transaction has been open since %s UTC: what it changed before it commits is seen by the daily check"
            " alone table=%s",
            f"{oldest:%Y-%m-%d %H:%M}",
            table,
        )
