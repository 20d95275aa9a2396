"""What a run left behind, without what differs from one run to the next: times, ids of runs and of our own rows."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

# Our tables by what they say; the application's as they are.
_STATEMENTS = {
    "calls": "SELECT * FROM calls",
    "appointments": "SELECT * FROM appointments",
    "customers": "SELECT * FROM customers",
    "findings": (
        "SELECT alert_type, severity, entity_type, entity_id, company_id, status, auto_corrected"
        " FROM data_consistency_alerts"
    ),
    "corrections": (
        "SELECT c.rule, c.table_name, c.entity_id, c.before_values, c.after_values, c.evidence,"
        " u.correction_id IS NULL"
        " FROM consistency_corrections AS c LEFT JOIN consistency_undos AS u ON u.correction_id = c.id"
    ),
    "review": "SELECT reason, entity_type, entity_id, company_id, priority, status FROM manual_review_queue",
    "incidents": "SELECT kind, table_name, rule, found, cap, status FROM consistency_incidents",
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")


def read(engine: Engine) -> dict[str, tuple[int, str]]:
    """Rows of each table, and a digest of what they say."""
    found = {}
    with engine.connect() as connection:
        for name, statement in _STATEMENTS.items():
            rows = sorted(
                "|".join(_plain(value) for value in row) for row in connection.exec_driver_sql(statement).fetchall()
            )
            found[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12])
    return found


def differences(one: Mapping[str, tuple[int, str]], other: Mapping[str, tuple[int, str]]) -> list[str]:
    """Tables that differ, with their rows."""
    return [
        f"{name}: {rows} rows and {other[name][0]}" for name, (rows, digest) in one.items() if other[name][1] != digest
    ]


def _plain(value: object) -> str:
    return "" if isinstance(value, datetime) else _MOMENT.sub("", str(value))
