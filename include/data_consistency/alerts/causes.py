"""What the wrong rows of a rule have in common: the value that is over-represented among them.

Read beside the checks, when people are told of many rows: at most 5,000 wrong rows and as many others of the same time
are compared by pandas, which is imported for it alone; where pandas is not installed no cause is named. Ids, codes and
times only: whatever looks like anything else is not named.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from data_consistency.alerts.blocks import Cause
from data_consistency.db import sql
from data_consistency.logs import logger_of

if TYPE_CHECKING:
    import pandas as pd

logger = logger_of(__name__)

FROM_ROWS = 20  # fewer have anything in common
_ROWS = 5000
_ENTITIES = {"call": "calls", "appointment": "appointments", "customer": "customers"}
# The nearer to a cause, the earlier: of two that explain as much, the first is named.
_ATTRIBUTES = (
    *("agent_version", "breaker", "service", "staff", "number", "origin", "agent", "branch", "company", "hour"),
)
_LEAST_RATIO = 0.6  # of the wrong rows
_LEAST_LEAD = 0.2  # more than of the others
_CODE = re.compile(r"[A-Za-z0-9_.:+ -]{1,64}")

Rows = Sequence[Mapping[str, Any]]


def find(connection: Connection, *, entity: str, rule: str, companies: Sequence[int], everywhere: bool) -> Cause | None:
    """The cause of what a rule finds, as far as it shows.

    Args:
        connection: to a schema of ours.
        entity: of the rule.
        rule: its id.
        companies: whose rows are wrong; 0: rows without a company.
        everywhere: whether rows of other companies may be compared with them.
    """
    table = _ENTITIES.get(entity)
    if table is None or not companies:
        return None
    try:
        wrong = sql.run(connection, f"cause_in_{table}", rule=rule, companies=list(companies), limit=_ROWS).mappings()
        rows = [dict(row) for row in wrong]
        if len(rows) < FROM_ROWS:
            return None
        others = _others(connection, table, rule, companies, rows, everywhere=everywhere)
        openings = _openings(connection, rows)
    except SQLAlchemyError as error:  # another generation of the source may lack a column
        logger.warning("no cause can be looked for rule=%s (%s)", rule, type(error).__name__)
        return None
    try:
        return over_represented(rows, others, openings)
    except ImportError:
        logger.warning("no cause can be looked for rule=%s (pandas is not installed)", rule)
        return None


def over_represented(
    wrong: Rows, others: Rows, openings: Sequence[tuple[str, datetime, datetime]] = ()
) -> Cause | None:
    """The value that marks the wrong rows off from the others.

    Args:
        wrong: attributes of wrong rows; `at` is their time.
        others: of other rows.
        openings: breakers, and from when until when each was open.
    """
    bad, good = (_frame(rows, openings) for rows in (wrong, others))
    if good.empty:
        return None
    best: tuple[float, Cause] | None = None
    for attribute in _ATTRIBUTES:
        cause = _of_attribute(bad, good, attribute)
        lead = 0.0 if cause is None else cause.ratio - cause.others
        if cause is not None and (best is None or lead > best[0] + 0.05):
            best = (lead, cause)
    return best[1] if best else None


def _of_attribute(bad: "pd.DataFrame", good: "pd.DataFrame", attribute: str) -> Cause | None:
    if attribute not in bad or attribute not in good:
        return None
    counts = bad[attribute].value_counts()
    if counts.empty:
        return None
    value, ratio = counts.index[0], float(counts.iloc[0]) / len(bad)
    others = float((good[attribute] == value).mean())
    if ratio < _LEAST_RATIO or ratio - others < _LEAST_LEAD or not _CODE.fullmatch(str(value)):
        return None
    return Cause(attribute=attribute, value=str(value), ratio=ratio, others=others)


def _frame(rows: Rows, openings: Sequence[tuple[str, datetime, datetime]]) -> "pd.DataFrame":
    import pandas as pd

    # As objects: a missing number would turn ids into floats.
    frame = pd.DataFrame(list(rows), dtype=object)
    if "at" not in frame:
        return frame
    frame["hour"] = [_hour(at) for at in frame["at"]]
    frame["breaker"] = [_open_at(at, openings) for at in frame["at"]]
    return frame


def _hour(at: object) -> str | None:
    return at.replace(minute=0, second=0, microsecond=0).isoformat() if isinstance(at, datetime) else None


def _open_at(at: object, openings: Iterable[tuple[str, datetime, datetime]]) -> str | None:
    if not isinstance(at, datetime):
        return None
    return next((service for service, since, until in openings if since <= at <= until), None)


def _others(
    connection: Connection, table: str, rule: str, companies: Sequence[int], wrong: Rows, *, everywhere: bool
) -> Rows:
    ids = [int(row["id"]) for row in wrong]
    rows = sql.run(
        connection,
        f"cause_beside_{table}",
        rule=rule,
        companies=list(companies),
        everywhere=int(everywhere),
        first_id=min(ids) - _ROWS,
        last_id=max(ids) + _ROWS,
        limit=_ROWS,
    ).mappings()
    return [dict(row) for row in rows]


def _openings(connection: Connection, rows: Rows) -> list[tuple[str, datetime, datetime]]:
    """When breakers were open while the rows were made."""
    times = [row["at"] for row in rows if isinstance(row.get("at"), datetime)]
    if not times:
        return []
    until = max(times) + timedelta(hours=1)
    begun: dict[str, datetime] = {}
    found = []
    for service, state, at in sql.run(
        connection, "breaker_transitions", since=min(times) - timedelta(days=1), until=until
    ):
        if state == "open":
            begun.setdefault(str(service), at)
        elif state == "closed" and str(service) in begun:
            found.append((str(service), begun.pop(str(service)), at))
    return [*found, *((service, since, until) for service, since in begun.items())]
