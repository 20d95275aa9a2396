"""Watermarks: how far each table has been checked (table consistency_watermarks)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermark:
    """How far a table has been checked, and the server's clock at the time of asking; UTC, naive."""

    server_now: datetime
    changed_until: datetime | None  # exclusive; None: never checked


def read(connection: Connection, table: str) -> Watermark:
    """The watermark of a table."""
    server_now, until = sql.run(connection, "read_watermark", table_name=table).one()
    return Watermark(server_now=server_now, changed_until=until)


def advance(connection: Connection, table: str, until: datetime, run_id: str, now: datetime) -> None:
    """Say how far a table has been checked; the last step of a check."""
    sql.run(connection, "advance_watermark", table_name=table, changed_until=until, run_id=run_id, now=now)
