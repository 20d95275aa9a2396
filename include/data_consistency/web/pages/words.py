"""What the pages say: one file of words a language, under the same keys."""

from datetime import datetime
from pathlib import Path

from data_consistency.phrases import Phrases
from data_consistency.rules import Rule

_UNITS = ((86_400, "unit_days"), (3_600, "unit_hours"), (60, "unit_minutes"))
FOLDER = Path(__file__).parent / "words"


class Words(Phrases):
    """The words of the pages in one language; for templates."""

    def __init__(self, language: str) -> None:
        super().__init__(FOLDER, language)

    def problem(self, rule: Rule) -> str:
        """What is wrong where a rule is violated; where its suite has no words for that, what should be."""
        if rule.problem is None:
            return rule.description
        return self.sentence(rule.problem)

    def total(self, number: int) -> str:
        """How many items."""
        if number == 0:
            return self("total_none")
        return self("total_one") if number == 1 else self("total_many", n=self.count(number))

    def span(self, seconds: float) -> str:
        """A span of time in its largest unit."""
        for size, unit in _UNITS:
            if seconds >= size:
                return f"{int(seconds // size)}\u00a0{self(unit)}"
        return f"< 1\u00a0{self(_UNITS[-1][1])}"

    def due(self, due_at: datetime | None, now: datetime) -> str:
        """How far away an appointment is."""
        if due_at is None:
            return self("none_due")
        seconds = (due_at - now).total_seconds()
        return self("in_time" if seconds >= 0 else "since_time", t=self.span(abs(seconds)))

    def moment(self, at: datetime | None) -> str:
        """A time, UTC."""
        return "" if at is None else f"{at:%Y-%m-%d %H:%M}\u00a0UTC"

    def value(self, value: object) -> str:
        """A value of a row."""
        if value is None:
            return self("empty")
        if value == "":
            return self("blank")
        if isinstance(value, bool):
            return self("yes" if value else "no")
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M:%S}"
        return str(value)
