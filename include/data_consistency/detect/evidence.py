"""Sources of evidence that rules need beside the source's own tables, and whether they have reported lately.

A source reports by its heartbeat: the name of the source, beaten at the end of every reading that was complete. One
that nobody ever tried to read is not there by the operator's choice; one that fell silent is a fault. Calendars are the
companies' own: where one is silent, what needs it is not judged for that company, and for all others it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.rules import CALCOM, Rule

# Cal.com is read every hour; one reading may fail without anybody being told.
FRESH_FOR: Mapping[str, timedelta] = {CALCOM: timedelta(hours=3)}
HORIZON_HOLDS = timedelta(hours=30)  # one that is older does not say where all bookings are
_NAMES: Mapping[str, str] = {CALCOM: "Cal.com"}
_NAMED = 20  # companies, of many


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why a rule is not evaluated."""

    reason: str
    is_chosen: bool = False  # by the operator: told everywhere, but no alarm
    companies: frozenset[int] | None = None  # for whose rows; None: for all

    @property
    def is_whole(self) -> bool:
        """Whether nothing is judged at all."""
        return self.companies is None

    def covers(self, company_id: int | None) -> bool:
        """Whether a row of a company is not judged."""
        return self.companies is None or company_id in self.companies


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How far one company's calendar has been read; UTC, naive."""

    company_id: int
    begun: datetime  # when somebody first tried to read it
    changes: datetime | None = None  # when the last complete reading of a kind began
    horizon: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        """Whether it has not been read completely lately."""
        limit = FRESH_FOR[CALCOM]
        if self.changes is None or self.horizon is None:
            return True
        return now - self.changes > limit or now - self.horizon > HORIZON_HOLDS + limit

    def is_young(self, now: datetime) -> bool:
        """Whether its first reading may still take its time."""
        return None in {self.changes, self.horizon} and now - self.begun <= FRESH_FOR[CALCOM]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """When sources of evidence reported last, and how far each calendar that somebody reads has been read."""

    seen: Mapping[str, datetime]  # UTC, naive
    calendars: tuple[Calendar, ...] = ()

    @property
    def begun(self) -> datetime | None:
        """Since when somebody tries to read a calendar."""
        return min((calendar.begun for calendar in self.calendars), default=None)


def silent_rules(connection: Connection, rules: Sequence[Rule], now: datetime) -> dict[str, Silence]:
    """The rules that cannot be judged because what they need has not reported, by id."""
    return silent_by(read_signs(connection, needs_of(rules)), rules, now)


def silent_by(signs: Signs, rules: Sequence[Rule], now: datetime) -> dict[str, Silence]:
    """The same, where the signs are known."""
    silent = _silences(signs, needs_of(rules), now)
    return {rule.id: silent[rule.needs] for rule in rules if rule.needs in silent}


def silences(connection: Connection, needed: Sequence[str], now: datetime) -> dict[str, Silence]:
    """Of some sources those that have not reported lately, by name."""
    return _silences(read_signs(connection, needed), needed, now)


def needs_of(rules: Sequence[Rule]) -> list[str]:
    """The sources of evidence that some rules need."""
    return sorted({rule.needs for rule in rules if rule.needs is not None})


def read_signs(connection: Connection, needed: Sequence[str]) -> Signs:
    """The signs of some sources."""
    if not needed:
        return Signs(seen={})
    seen = {str(name): when for name, when in sql.run(connection, "heartbeats_of", names=list(needed))}
    rows = sql.run(connection, "calcom_signs").mappings()
    return Signs(seen=seen, calendars=tuple(Calendar(**row) for row in rows))


def _silences(signs: Signs, needed: Sequence[str], now: datetime) -> dict[str, Silence]:
    found = {
        source: _silence(source, signs.seen.get(source), signs.begun, now) or _of_companies(source, signs, now)
        for source in needed
    }
    return {source: silence for source, silence in found.items() if silence is not None}


def _silence(source: str, seen_at: datetime | None, begun_at: datetime | None, now: datetime) -> Silence | None:
    limit = FRESH_FOR[source]
    if seen_at is not None and now - seen_at <= limit:
        return None
    reason = f"no {_NAMES[source]} source has reported in the last {limit // timedelta(hours=1)} hours"
    if seen_at is None and begun_at is None:
        return Silence(reason=f"{reason}: none is configured", is_chosen=True)
    if seen_at is None:
        # The first reading takes its time; one that never ends is a fault.
        is_young = begun_at is not None and now - begun_at <= limit
        return Silence(reason=f"{reason}: its first reading has not been complete", is_chosen=is_young)
    return Silence(reason=f"{reason}: the last report is of {seen_at:%Y-%m-%d %H:%M} UTC")


def _of_companies(source: str, signs: Signs, now: datetime) -> Silence | None:
    """Of a source that reports, the companies whose own calendar does not."""
    silent = [calendar for calendar in signs.calendars if source == CALCOM and calendar.is_silent(now)]
    if not silent:
        return None
    companies = sorted(calendar.company_id for calendar in silent)
    named = ", ".join(str(company) for company in companies[:_NAMED]) + (" and more" if companies[_NAMED:] else "")
    hours = FRESH_FOR[source] // timedelta(hours=1)
    return Silence(
        reason=f"not evaluated for company {named}: no complete {_NAMES[source]} reading in the last {hours} hours",
        is_chosen=all(calendar.is_young(now) for calendar in silent),
        companies=frozenset(companies),
    )
