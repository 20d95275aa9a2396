"""When items of the review queue press: by the start of the appointment that the row is about, if that is to come."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind

_QUERIES = {"call": "due_calls", "appointment": "due_appointments", "calcom_booking": "due_calcom_bookings"}
_BATCH = 1000
# An appointment that began that long ago is nobody's hurry any more.
_PRESSES_FOR = timedelta(days=1)


def of(connection: Connection, rows: Iterable[tuple[str, int]], *, now: datetime) -> dict[tuple[str, int], datetime]:
    """When each of some rows should be right; a row that is about no appointment to come is left out.

    Args:
        connection: in a transaction; nothing is locked.
        rows: entity and id.
        now: UTC, naive.
    """
    by_entity: dict[str, list[int]] = {}
    for entity, entity_id in rows:
        by_entity.setdefault(entity, []).append(entity_id)
    found = {}
    for entity, ids in by_entity.items():
        for start in range(0, len(ids) if entity in _QUERIES else 0, _BATCH):
            for row_id, due_at in _read(connection, _QUERIES[entity], ids[start : start + _BATCH], now):
                found[entity, int(row_id)] = due_at
    return found


def forget(connection: Connection, *, now: datetime, batch: int = _BATCH) -> int:
    """Appointments that have long begun press no more; returns how many items were about one."""
    forgotten = 0
    while True:
        done = sql.run(connection, "forget_due", before=now - _PRESSES_FOR, batch=batch).rowcount
        forgotten += done
        if done < batch:
            return forgotten


def _read(connection: Connection, query: str, ids: list[int], now: datetime) -> list[tuple[int, datetime]]:
    try:
        return [(int(row_id), due_at) for row_id, due_at in sql.run(connection, query, ids=ids, now=now)]
    except DBAPIError as error:
        # A source without these columns, or an account that may not read them: the question is asked all the same.
        if server_errors.kind_of(error) is not Kind.NAME and not server_errors.is_denied(error):
            raise
        return []
