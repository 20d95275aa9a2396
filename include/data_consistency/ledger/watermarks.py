"""Watermarks: how far each table has been checked (table consistency_watermarks), by the server's clock.

A table has one; a rule that could not be judged has one of its own, which stays while that of the table moves on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql

# Covers transactions that changed a row before the last watermark and committed after it, where they cannot be seen.
OVERLAP = timedelta(minutes=10)
# Behind a transaction that stays open longer than this it no longer waits: the daily check is the safety net.
LONGEST_TRANSACTION = timedelta(hours=12)
_NEVER = datetime(1970, 1, 2, tzinfo=UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far a table has been checked, and the server's clock at the time of asking; UTC, naive."""

    server_now: datetime
    changed_until: datetime | None  # exclusive; None: never checked
    held: Mapping[str, datetime] = field(default_factory=dict)  # rules that could not be judged, since when
    oldest_change: datetime | None = None  # what is changed and not committed may be as old as this; None: unknown

    @property
    def next(self) -> datetime:
        """The watermark after a check that begins now: nothing that commits later was changed before it."""
        if self.oldest_change is None:
            return self.server_now
        return min(self.server_now, max(self.oldest_change, self.server_now - LONGEST_TRANSACTION))

    @property
    def is_astray(self) -> bool:
        """Whether it lies so far ahead of the clock that what changed meanwhile cannot be told."""
        return self.changed_until is not None and self.changed_until > self.server_now + OVERLAP

    def window(self, until: datetime) -> datetime:
        """Where a check that goes on from a watermark begins to read."""
        ahead = max(timedelta(0), until - self.server_now)
        return until - 2 * ahead - OVERLAP


def advance(
    connection: Connection, table: str, watermark: Watermark, run_id: str, now: datetime, *, silent: Sequence[str] = ()
) -> None:
    """Say how far a table has been checked; the last step of a check.

    Args:
        connection: in the transaction of what was found.
        table: that was checked.
        watermark: as it was when the check began.
        run_id: of the check.
        now: UTC, naive.
        silent: rules that could not be judged; each is held where it was judged last.
    """
    if silent:
        until = watermark.changed_until
        if until is None or until > watermark.server_now:
            until = _NEVER
        rows = [
            {"table_name": table, "rule": rule, "changed_until": until, "run_id": run_id, "now": now} for rule in silent
        ]
        sql.run_many(connection, "hold_rule", rows)
    if judged := sorted(watermark.held.keys() - set(silent)):
        sql.run(connection, "release_rules", table_name=table, rules=judged)
    sql.run(
        connection,
        "advance_watermark",
        table_name=table,
        changed_until=watermark.next,
        server_now=watermark.server_now,
        run_id=run_id,
        now=now,
    )


def advance_all(connection: Connection, watermarks: Mapping[str, Watermark], run_id: str, now: datetime) -> None:
    """The same for several tables, by name, all rules of which could be judged; in one statement if none was held."""
    for table, watermark in watermarks.items():
        if watermark.held:
            advance(connection, table, watermark, run_id, now)
    rows = [
        {"table_name": table, "rule": "", "changed_until": watermark.next, "run_id": run_id, "now": now}
        for table, watermark in watermarks.items()
        if not watermark.held
    ]
    sql.run_many(connection, "advance_watermarks", rows)
