"""Lists of the fake server: filters and both ways of paging, with their traps."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from consistency_sandbox.fake_calcom.records import VOID, Record, instant
from consistency_sandbox.fake_calcom.rendering import render, render_oldest
from consistency_sandbox.fake_calcom.reply import Denied, Reply, success
from consistency_sandbox.fake_calcom.world import World
from data_consistency.errors import WrongUse

_STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
_DESCENDING = frozenset({None, "past", "cancelled"})
_CURSOR_WINDOW = timedelta(hours=1)  # `upcoming` of the newer list begins so long ago
_SORTS: tuple[tuple[str, Callable[[Record], datetime]], ...] = (
    ("sortStart", lambda row: row.start),
    ("sortEnd", lambda row: row.end),
    ("sortCreated", lambda row: row.created_at),
    ("sortUpdatedAt", lambda row: row.updated_at or row.created_at),
)
_TIMES: tuple[tuple[str, Callable[[Record], datetime | None], bool], ...] = (
    ("afterStart", lambda row: row.start, True),
    ("beforeEnd", lambda row: row.end, False),
    ("afterCreatedAt", lambda row: row.created_at, True),
    ("beforeCreatedAt", lambda row: row.created_at, False),
    ("afterUpdatedAt", lambda row: row.updated_at, True),
    ("beforeUpdatedAt", lambda row: row.updated_at, False),
)
_NOT_IN_TOTALS = ("CreatedAt", "UpdatedAt")


def by_offset(world: World, asked: Mapping[str, str]) -> Reply:
    """The list of 2024-08-13."""
    take, skip = _number(asked, "take", 100, 1, 250), _number(asked, "skip", 0, 0, 10**9)
    statuses = _statuses(asked.get("status") or world.switches.default_status, several=True)
    counted = {name: value for name, value in asked.items() if not name.endswith(_NOT_IN_TOTALS)}
    total = len(_found(world, counted, statuses))
    rows = _sorted(world, _found(world, asked, statuses), asked)
    page = rows[:take] if world.switches.repeat_page else rows[skip : skip + take]
    remaining = max(0, total - skip - take)
    return success(
        [render(row, world.view(is_list=True)) for row in page],
        pagination={
            "totalItems": total,
            "remainingItems": remaining,
            "returnedItems": len(page),
            "itemsPerPage": take,
            "currentPage": skip // take + 1,
            "totalPages": -(-total // take),
            "hasNextPage": remaining > 0,
            "hasPreviousPage": skip > 0,
        },
    )


def by_cursor(world: World, asked: Mapping[str, str]) -> Reply:
    """The list of 2026-05-01."""
    limit = _number(asked, "limit", 50, 1, 100)
    status = asked.get("status")
    rows = _found(world, asked, _statuses(status, several=False))
    if status == "upcoming":
        rows = [row for row in rows if row.start >= world.clock.now() - _CURSOR_WINDOW]
    descending = status in _DESCENDING
    rows.sort(key=lambda row: row.sort_uuid, reverse=descending)
    after = _cursor(asked.get("cursor"))
    if after is not None and not world.switches.repeat_page:
        rows = [row for row in rows if (row.sort_uuid < after if descending else row.sort_uuid > after)]
    page, has_more = rows[:limit], len(rows) > limit
    last = page[-1].sort_uuid if page else ""
    if world.switches.repeat_page:
        last += f"-{world.random.random()}"
    if world.switches.repeat_cursor:
        last = "always the same"
    return success(
        [render(row, world.view(is_list=True)) for row in page],
        pagination={
            "nextCursor": _as_cursor(last) if has_more and not world.switches.lose_cursor else None,
            "hasMore": has_more,
        },
    )


def oldest(world: World) -> Reply:
    """The list of 2024-04-15: another shape, and no way to tell by the status."""
    rows = [render_oldest(row) for row in world.all_read() if not row.stranger]
    return success({"bookings": rows, "recurringInfo": [], "totalCount": len(rows), "nextCursor": None})


def _found(world: World, asked: Mapping[str, str], statuses: tuple[str, ...]) -> list[Record]:
    heard = {name: value for name, value in asked.items() if name not in world.switches.ignored_filters}
    _check_windows(world, heard)
    now = world.clock.now()
    return [
        row
        for row in world.all_read()
        if not row.stranger
        and (not statuses or any(_in_status(row, status, now) for status in statuses))
        and _in_times(row, heard)
        and _fits(row, heard)
    ]


def _in_status(row: Record, status: str, now: datetime) -> bool:
    void, ended = row.status in VOID, row.end < now
    return {
        "upcoming": not void and not ended,
        "past": not void and ended,
        "cancelled": void,
        "unconfirmed": row.status == "pending" and not ended,
        "recurring": row.recurring_uid is not None and not void and not ended,
    }[status]


def _in_times(row: Record, asked: Mapping[str, str]) -> bool:
    for name, pick, is_lower in _TIMES:
        if name not in asked:
            continue
        at, bound = pick(row), _time(name, asked[name])
        if at is None or (at < bound if is_lower else at > bound):
            return False
    return True


def _fits(row: Record, asked: Mapping[str, str]) -> bool:
    kinds = asked.get("eventTypeIds") or asked.get("eventTypeId")
    if kinds and str(row.event_type) not in kinds.split(","):
        return False
    emails = {row.attendee_email} if not row.seated else {seat.email for seat in row.seats}
    if "attendeeEmail" in asked and asked["attendeeEmail"].replace(" ", "+") not in emails:
        return False
    if "attendeeName" in asked and row.attendee_name != asked["attendeeName"]:
        return False
    return "bookingUid" not in asked or row.uid == asked["bookingUid"]


def _sorted(world: World, rows: list[Record], asked: Mapping[str, str]) -> list[Record]:
    """Ties come in any order, another one each time."""
    world.random.shuffle(rows)
    for name, pick in _SORTS:
        if name in asked and name not in world.switches.ignored_filters:
            return sorted(rows, key=pick, reverse=asked[name] == "desc")
    return sorted(rows, key=lambda row: row.id)


def _check_windows(world: World, asked: Mapping[str, str]) -> None:
    longest = world.switches.refuse_windows_over
    if longest is None:
        return
    for lower, upper in (("afterCreatedAt", "beforeCreatedAt"), ("afterUpdatedAt", "beforeUpdatedAt")):
        if lower in asked and upper in asked:
            span = _time(upper, asked[upper]) - _time(lower, asked[lower])
            if span.total_seconds() > longest:
                raise Denied(400, "Invalid time range specified")


def _statuses(value: str | None, *, several: bool) -> tuple[str, ...]:
    if value is None:
        return ()
    named = tuple(value.split(",")) if several else (value,)
    if not set(named) <= set(_STATUSES):
        raise Denied(400, [f"status must be one of the following values: {', '.join(_STATUSES)}"])
    return named


def _number(asked: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    value = asked.get(name, str(usual))
    if not value.isdigit() or not least <= int(value) <= most:
        raise Denied(400, [f"{name} must not be less than {least} or greater than {most}"])
    return int(value)


def _time(name: str, value: str) -> datetime:
    try:
        return instant(value)
    except WrongUse:
        raise Denied(400, [f"{name} must be a valid ISO 8601 date string"]) from None


def _as_cursor(sort_uuid: str) -> str:
    return base64.urlsafe_b64encode(json.dumps({"v": 1, "sortUuid": sort_uuid}).encode()).decode()


def _cursor(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return str(json.loads(base64.urlsafe_b64decode(value))["sortUuid"])
    except (ValueError, KeyError, TypeError):
        raise Denied(400, "Invalid cursor") from None
