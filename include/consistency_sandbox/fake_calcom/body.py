"""What the body of a request says, and whether the place it asks for is free."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consistency_sandbox.fake_calcom.records import instant
from consistency_sandbox.fake_calcom.reply import Denied
from consistency_sandbox.fake_calcom.world import World
from data_consistency.errors import WrongUse

BYPASSES = frozenset({"allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"})
_TAKEN = "User either already has booking at this time or is not available"


def require_object(body: Any, known: frozenset[str]) -> Mapping[str, Any]:
    """The body, if it is an object of known properties.

    Raises:
        Denied: it is not.
    """
    if not isinstance(body, Mapping):
        raise Denied(400, "Unexpected body")
    unknown = sorted(set(body) - known)
    if unknown:
        raise Denied(400, [f"property {name} should not exist" for name in unknown])
    return body


def start_of(world: World, asked: Mapping[str, Any]) -> datetime:
    """When it is to begin.

    Raises:
        Denied: no time, or a past one.
    """
    try:
        start = instant(asked.get("start"))
    except WrongUse:
        raise Denied(400, ["start must be a valid ISO 8601 date string"]) from None
    if start < world.clock.now():
        raise Denied(400, "Attempting to book a meeting in the past.")
    return start


def require_free(world: World, start: datetime, end: datetime, *, besides: str = "") -> None:
    """Only accepted bookings hold their place.

    Raises:
        Denied: it is taken.
    """
    for row in world.all_stored():
        if row.status == "accepted" and not row.stranger and row.uid != besides and row.start < end and start < row.end:
            raise Denied(400, _TAKEN)
