"""Cases: a quality world is made of small stories that do not touch each other, each with all rows it needs."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]

# The clock of every quality world: a Wednesday in spring, after the change to summer time.
NOW = datetime(2026, 4, 15, 12, 0, tzinfo=UTC).replace(tzinfo=None)
ENTITIES: Mapping[str, str] = {"calls": "call", "appointments": "appointment", "customers": "customer"}


@dataclass(slots=True, kw_only=True)
class Case:
    """One story: who called, what was booked, what became of it."""

    story: str
    rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def call(self) -> Row:
        """The first call."""
        return self.rows["calls"][0]

    @property
    def appointment(self) -> Row:
        """The first appointment."""
        return self.rows["appointments"][0]

    @property
    def customer(self) -> Row:
        """The first customer."""
        return self.rows["customers"][0]

    def add(self, table: str, row: Row) -> Row:
        """Add a row to a table."""
        self.rows.setdefault(table, []).append(row)
        return row

    def copy(self) -> "Case":
        """The case as it is now, untouched by what happens to this one."""
        return Case(story=self.story, rows=deepcopy(self.rows))

    def entities(self) -> Iterator[tuple[str, int, Row]]:
        """(entity, id, row) of every row that rules judge."""
        for table, entity in ENTITIES.items():
            for row in self.rows.get(table, []):
                yield entity, row["id"], row
