"""Caps: how many rows one rule may change by itself, in a run, in a day, and of what a check has covered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_consistency.sources import Caps

# A day of corrections is the last 24 hours, whatever the clock on the wall says.
DAY_HOURS = 24
# Where nobody says otherwise: a rule that is right needs no more, a wrong one has not rewritten the table by evening.
RUNS_A_DAY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The caps of one rule."""

    run: int  # rows
    day: int  # rows
    ratio: float  # of the rows that the check which found them covered, 0 to 1
    min_rows: int  # a check of fewer rows has no share
    min_age_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A check that found rows."""

    rows: int  # that it looked at
    changed: int  # that were changed on its word so far


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one rule has changed so far."""

    in_run: int = 0
    in_day: int = 0
    checks: Mapping[str, Covered] = field(default_factory=dict)  # by run


def limits_of(caps: Caps, *, max_corrections: int | None, min_age_minutes: int | None) -> Limits:
    """The caps of a rule: its own limits win over those of the settings.

    Args:
        caps: of the settings.
        max_corrections: rows of the rule in one run; None: the setting decides.
        min_age_minutes: of the rule; None: the setting decides.
    """
    run = caps.max_corrections if max_corrections is None else max_corrections
    day = RUNS_A_DAY * run if caps.max_corrections_per_day is None else caps.max_corrections_per_day
    return Limits(
        run=run,
        day=day,
        ratio=caps.max_ratio,
        min_rows=caps.min_rows_for_ratio,
        min_age_minutes=caps.min_age_minutes if min_age_minutes is None else min_age_minutes,
    )


def exceeded(wanted: Mapping[str | None, int], limits: Limits, usage: Usage) -> int | None:
    """The tightest cap that rows would exceed: how many of them might still be changed. None: all of them may.

    Args:
        wanted: rows by the run that found them; None: nobody knows which, so that no share is looked at.
        limits: of the rule.
        usage: of the rule so far.
    """
    total = sum(wanted.values())
    left = [(total, limits.run - usage.in_run), (total, limits.day - usage.in_day)]
    for run, rows in wanted.items():
        check = usage.checks.get(run) if run is not None else None
        if check is not None and check.rows >= limits.min_rows:
            left.append((rows, max(1, int(check.rows * limits.ratio)) - check.changed))
    caps = [max(0, most) for rows, most in left if rows > most]
    return min(caps) if caps else None
