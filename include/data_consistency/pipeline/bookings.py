"""Bookings that could not be verified when they were announced: look again."""

from data_consistency.booking.guard import Mode
from data_consistency.booking.opening import open_guard
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)


def recheck_bookings(rt: Runtime, *, actor: str, dry_run: bool | None = None) -> dict[str, int]:
    """Look again at the bookings that are due, and do what their verdicts ask for.

    Args:
        rt: the runtime.
        actor: who is named in the audit.
        dry_run: True: change nothing; None: as the settings say.

    Returns:
        How many ended as what.
    """
    dry = rt.source.dry_run if dry_run is None else dry_run
    with open_guard(rt, mode=Mode.SHADOW if dry else Mode.ENFORCE, actor=actor) as (guard, _breakers):
        counts = guard.recheck_due()
    logger.info("bookings looked at again: %s", counts or "none was due")
    return counts
