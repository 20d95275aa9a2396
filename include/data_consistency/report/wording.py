"""How the report speaks: words, numbers, times and shares in one language."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from data_consistency.phrases import DASH, Phrases
from data_consistency.report.figures import RuleFigures
from data_consistency.report.period import local
from data_consistency.report.standing import TrendPoint

_UNITS = ((86_400, "unit_day"), (3_600, "unit_hour"), (60, "unit_minute"), (1, "unit_second"))
_WIDTH, _HEIGHT, _MARGIN = 280.0, 48.0, 5.0
FOLDER = Path(__file__).parent / "words"


class Words(Phrases):
    """The words of the report in one language; for templates."""

    def __init__(self, language: str) -> None:
        super().__init__(FOLDER, language)

    def many(self, key: str, number: int, **values: object) -> str:
        """A sentence about a count: its own words for one."""
        return self(f"{key}_one" if number == 1 else f"{key}_many", n=self.count(number), **values)

    def problem(self, rule: RuleFigures) -> str:
        """What is wrong where a rule is violated; where its suite has no words for that, what should be."""
        if rule.problem is None:
            return self("should_be", description=rule.description)
        return self.sentence(rule.problem)

    def percent(self, ratio: float | None) -> str:
        """A share; rounded down, so that 100 % means all."""
        if ratio is None:
            return self("nothing_checked")
        return f"{math.floor(round(ratio * 10_000, 6)) / 100:.2f}\u00a0%".replace(".", self("decimal_point"))

    def duration(self, seconds: float | None) -> str:
        """A duration in its two largest units."""
        if seconds is None:
            return DASH
        rest = int(seconds)
        parts = []
        for size, unit in _UNITS:
            amount, rest = divmod(rest, size)
            if amount:
                parts.append(f"{amount}\u00a0{self(unit)}")
        return " ".join(parts[:2]) or f"0\u00a0{self('unit_second')}"

    def age(self, since: datetime | None, now: datetime) -> str:
        """How long ago something was."""
        return DASH if since is None else self.duration(max(0.0, (now - since).total_seconds()))

    def moment(self, value: datetime, zone: ZoneInfo) -> str:
        """A UTC, naive time on the clocks of the zone."""
        return f"{local(value, zone):%Y-%m-%d %H:%M %Z}"

    def clock(self, value: datetime, zone: ZoneInfo) -> str:
        """The same without its day."""
        return f"{local(value, zone):%H:%M %Z}"

    def weekday(self, day: date) -> str:
        """A day with its weekday, whatever the machine speaks."""
        return f"{self('weekdays').split()[day.weekday()]}, {day.isoformat()}"

    def version(self, mode: str | None, fingerprint: str | None) -> str:
        """A rule's mode and the head of its fingerprint."""
        return self("new_rule") if mode is None or fingerprint is None else f"{mode} ({fingerprint[:12]})"


def sparkline(trend: Sequence[TrendPoint]) -> list[list[tuple[float, float]]]:
    """Lines of points within 280 x 48; days without a check leave a gap between lines."""
    most = most_of(trend) or 1
    step = (_WIDTH - 2 * _MARGIN) / max(len(trend) - 1, 1)
    lines: list[list[tuple[float, float]]] = [[]]
    for n, point in enumerate(trend):
        if point.violations is None:
            lines.append([])
            continue
        height = (_HEIGHT - 2 * _MARGIN) * point.violations / most
        lines[-1].append((round(_MARGIN + n * step, 1), round(_HEIGHT - _MARGIN - height, 1)))
    return [line for line in lines if line]


def most_of(trend: Sequence[TrendPoint]) -> int:
    """The most of any day."""
    return max((point.violations or 0 for point in trend), default=0)


def newest_of(trend: Sequence[TrendPoint]) -> int | None:
    """Of the newest day that was looked at."""
    return next((point.violations for point in reversed(trend) if point.violations is not None), None)
