"""Sources of evidence that rules need beside the source's own tables, and whether they have reported lately.

A source reports by its heartbeat: the name of the source, beaten at the end of every reading that was complete. One
that nobody ever tried to read is not there by the operator's choice; one that fell silent is a fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.rules import CALCOM, Rule

# Cal.com is read every hour; one reading may fail without anybody being told.
FRESH_FOR: Mapping[str, timedelta] = {CALCOM: timedelta(hours=3)}
_NAMES: Mapping[str, str] = {CALCOM: "Cal.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why a rule is not evaluated."""

    reason: str
    is_chosen: bool = False  # by the operator: told everywhere, but no alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """When sources of evidence reported last, and since when somebody tries to read a calendar; UTC, naive."""

    seen: Mapping[str, datetime]
    begun: datetime | None


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
        return Signs(seen={}, begun=None)
    seen = {str(name): when for name, when in sql.run(connection, "heartbeats_of", names=list(needed))}
    (begun,) = sql.run(connection, "calcom_readings_begun").one()
    return Signs(seen=seen, begun=begun)


def _silences(signs: Signs, needed: Sequence[str], now: datetime) -> dict[str, Silence]:
    found = {source: _silence(source, signs.seen.get(source), signs.begun, now) for source in needed}
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
