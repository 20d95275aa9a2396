"""What a reviewer sees of a difference to the calendar: both times, both states, and the difference in words.

Ids, times and states alone; times are UTC. A uid is left out, since whoever holds one can read the booking.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection, RowMapping

from data_consistency.db import sql
from data_consistency.errors import SchemaNotReady
from data_consistency.rules import CALCOM, Rule
from data_consistency.runtime import Runtime

_BATCH = 1000
_QUERIES = {"appointment": "both_sides_of_appointments", "calcom_booking": "both_sides_of_bookings"}
_ZONE_ERRORS = frozenset({3600, 7200})
_SAME = 60  # seconds; less is no difference
_WAITS_THERE = "waits for its confirmation in the calendar, and is confirmed here"
_WAITS_HERE = "is confirmed in the calendar, and waits for its confirmation here"


def both_sides(rt: Runtime, rule: Rule, entity: str, ids: Sequence[int]) -> dict[int, Mapping[str, object]]:
    """What both sides say of the rows that a rule of the calendar has found, by id; nothing for other rules."""
    if rule.needs != CALCOM or not ids:
        return {}
    try:
        with rt.transaction() as connection:
            return sides_of(connection, rule, entity, ids)
    except SchemaNotReady:
        return {}  # a generation of the source without the columns; the finding is told all the same


def sides_of(connection: Connection, rule: Rule, entity: str, ids: Sequence[int]) -> dict[int, Mapping[str, object]]:
    """The same, within a transaction.

    Raises:
        DBAPIError: a column is missing in this generation of the source.
    """
    if rule.needs != CALCOM or not ids:
        return {}
    return {int(row["id"]): _sides(row) for row in _rows(connection, _QUERIES[entity], ids)}


def _rows(connection: Connection, query: str, ids: Sequence[int]) -> list[RowMapping]:
    rows: list[RowMapping] = []
    for start in range(0, len(ids), _BATCH):
        rows += sql.run(connection, query, ids=list(ids[start : start + _BATCH])).mappings()
    return rows


def _sides(row: RowMapping) -> Mapping[str, object]:
    ours = None
    if row["status"] is not None:
        ours = {
            "starts_at": _utc(row["starts_at"]),
            "ends_at": _utc(row["ends_at"]),
            "status": row["status"],
            "call": row["call_id"],
        }
    calendar = None
    if row["booking"] is not None:
        calendar = {
            "row": row["booking"],
            "number": row["booking_number"],
            "starts_at": _utc(row["booking_starts_at"]),
            "ends_at": _utc(row["booking_ends_at"]),
            "status": row["booking_status"],
            "call": row["booking_call_id"],
            "seen_at": _utc(row["booking_seen_at"]),
            **({} if row["moved_to"] is None else {"moved_to": _utc(row["moved_to"])}),
        }
    return {"ours": ours, "calendar": calendar, "differences": _differences(row)}


def _differences(row: RowMapping) -> list[str]:
    if row["booking"] is None:
        return ["is not in the calendar"]
    if row["status"] is None:
        return ["is not known here"]
    if row["moved_to"] is not None and not row["is_booked"]:
        # One move is one difference: state and times of the old booking are not two more.
        return [f"was moved in the calendar to {row['moved_to']:%Y-%m-%d %H:%M} UTC"]
    found = []
    if row["is_confirmed_on_one_side"]:
        waits = row["booking_status"] == "pending"
        found.append(_WAITS_THERE if waits else _WAITS_HERE)
    if bool(row["is_booked"]) == bool(row["is_void"]):
        state = row["booking_status"] if row["booking_status"] != "other" else "gone or in an unknown state"
        found.append(f"is {state} in the calendar and {row['status']} here")
    found += _of_times(row)
    ours, theirs = row["call_id"], row["booking_call_id"]
    if theirs is not None and theirs != ours:
        found.append(f"was made in call {theirs}, and is of {f'call {ours}' if ours else 'no call'} here")
    return found


def _of_times(row: RowMapping) -> list[str]:
    begins = _seconds(row["starts_at"], row["booking_starts_at"])
    ends = _seconds(row["ends_at"], row["booking_ends_at"])
    if begins == ends and abs(begins) in _ZONE_ERRORS:
        hours = abs(begins) // 3600
        return [
            f"is exactly {hours} hour{'s' if hours > 1 else ''} {'later' if begins > 0 else 'earlier'} here:"
            " a time-zone error"
        ]
    said = [
        f"{verb} {abs(seconds) // 60} minutes {'later' if seconds > 0 else 'earlier'} here"
        for verb, seconds in (("begins", begins), ("ends", ends))
        if abs(seconds) >= _SAME
    ]
    return [", ".join(said)] if said else []


def _seconds(ours: datetime | None, theirs: datetime | None) -> int:
    return 0 if ours is None or theirs is None else int((ours - theirs).total_seconds())


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
