"""What a check of tables begins with: the server's clock, how far each has been checked, what is silent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    return open_checks(connection, [suite])[suite.table]


def open_checks(connection: Connection, suites: Sequence[Suite]) -> dict[str, Opening]:
    """The same for several tables in one trip, before anything of any of them is looked at, by table.

    The clock of all is that of the first, so that what changes while the others are looked at is read again.
    """
    found: dict[tuple[str, str], dict[str, datetime]] = defaultdict(dict)
    for kind, about, name, moment in _rows(connection, suites):
        if moment is not None:
            found[kind, about][name] = moment
    openings = {suite.table: _opening(found, suite.table) for suite in suites}
    _tell_of_long_transaction(next(iter(openings.values())).watermark, ", ".join(openings))
    return openings


def _opening(found: Mapping[tuple[str, str], Mapping[str, datetime]], table: str) -> Opening:
    def of(kind: str, about: str = "") -> Mapping[str, datetime]:
        return found.get((kind, about), {})

    return Opening(
        watermark=Watermark(
            server_now=of("clock")[""],
            changed_until=of("watermark", table).get(""),
            held={rule: since for rule, since in of("watermark", table).items() if rule},
            oldest_change=of("transaction").get(""),
        ),
        signs=Signs(
            seen=of("heartbeat"),
            calendars=tuple(
                Calendar(
                    company_id=int(company),
                    begun=begun,
                    changes=of("changes").get(company),
                    horizon=of("horizon").get(company),
                )
                for company, begun in sorted(of("reading").items())
            ),
        ),
        incidents=frozenset(of("incident", table)),
        has_findings=bool(of("finding", table)),
        is_mapped=bool(of("mapping")),
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


def _rows(connection: Connection, suites: Sequence[Suite]) -> list[tuple[str, str, str, datetime | None]]:
    *parts, last = sql.query(sql.project_of(connection), "open_check").split(_PART)
    names = sorted({name for suite in suites for name in needs_of(suite.rules)})
    params: dict[str, object] = {"tables": [suite.table for suite in suites], "names": names or [""]}
    for number, suite in enumerate(suites):
        parts.append(last.replace(":table_name", f":table_{number}").replace(":rules", f":rules_{number}"))
        params |= {f"table_{number}": suite.table, f"rules_{number}": [rule.id for rule in suite.rules]}
    if not connection.info.get(_BLIND):
        try:
            return _told(connection, parts, params)
        except DBAPIError as error:
            if not server_errors.is_denied(error):
                raise
            connection.info[_BLIND] = True
            logger.info("running transactions cannot be seen: the user lacks PROCESS")
    return _told(connection, [part for part in parts if _TRANSACTIONS not in part], params)


def _told(
    connection: Connection, parts: Sequence[str], params: Mapping[str, object]
) -> list[tuple[str, str, str, datetime | None]]:
    rows = sql.execute(connection, _PART.join(parts), params)
    return [(str(kind), str(about), str(name), moment) for kind, about, name, moment in rows]


def _tell_of_long_transaction(watermark: Watermark, table: str) -> None:
    oldest = watermark.oldest_change
    if oldest is not None and watermark.server_now - oldest > LONGEST_TRANSACTION:
        logger.warning(
            "a transaction has been open since %s UTC: what it changed before it commits is seen by the daily check"
            " alone table=%s",
            f"{oldest:%Y-%m-%d %H:%M}",
            table,
        )
