"""How numbers, times and shares read on the page."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data_consistency.report.figures import TrendPoint
from data_consistency.report.period import local

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_WIDTH, _HEIGHT, _MARGIN = 280.0, 48.0, 5.0


def percent(ratio: float | None) -> str:
    """A share; rounded down, so that 100 % means all."""
    if ratio is None:
        return "nothing checked"
    return f"{math.floor(round(ratio * 10_000, 6)) / 100:.2f}\u00a0%"


def count(number: int | None) -> str:
    """A count with thin spaces between thousands; a dash for what is not known."""
    return "\u2013" if number is None else f"{number:,}".replace(",", "\u202f")


def duration(seconds: float | None) -> str:
    """A duration in its two largest units."""
    if seconds is None:
        return "\u2013"
    rest = int(seconds)
    parts = []
    for size, unit in _UNITS:
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}\u00a0{unit}")
    return " ".join(parts[:2]) or "0\u00a0s"


def age(since: datetime | None, now: datetime) -> str:
    """How long ago something was."""
    return "\u2013" if since is None else duration(max(0.0, (now - since).total_seconds()))


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A UTC, naive time on the clocks of the zone."""
    return f"{local(value, zone):%Y-%m-%d %H:%M %Z}"


def weekday(day: date) -> str:
    """A day with its weekday, in English whatever the machine speaks."""
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{names[day.weekday()]}, {day.isoformat()}"


def plural(number: int, noun: str, plural_noun: str | None = None) -> str:
    """A count with its noun."""
    return f"{count(number)} {noun if number == 1 else plural_noun or noun + 's'}"


def version(mode: str | None, fingerprint: str | None) -> str:
    """A rule's mode and the head of its fingerprint."""
    return "new" if mode is None or fingerprint is None else f"{mode} ({fingerprint[:12]})"


def sparkline(trend: Sequence[TrendPoint]) -> list[list[tuple[float, float]]]:
    """Lines of points within 280 x 48; days without a check leave a gap between lines."""
    most = max((point.violations or 0 for point in trend), default=0) or 1
    step = (_WIDTH - 2 * _MARGIN) / max(len(trend) - 1, 1)
    lines: list[list[tuple[float, float]]] = [[]]
    for n, point in enumerate(trend):
        if point.violations is None:
            lines.append([])
            continue
        height = (_HEIGHT - 2 * _MARGIN) * point.violations / most
        lines[-1].append((round(_MARGIN + n * step, 1), round(_HEIGHT - _MARGIN - height, 1)))
    return [line for line in lines if line]
