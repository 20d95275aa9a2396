"""The life of an alert: opened, worsened, escalated, resolved; a function of what was known, what is seen, and when.

An alert is about one topic (a rule, an incident, a kind of failure) on one route. It opens once, however often the
topic is seen; it is told again when it has really grown, or when nobody has answered; it is resolved when nothing of
it has been seen for a while. What comes and goes is damped: within that while it is one life, and each return within a
day makes the while twice as long.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data_consistency.alerts.blocks import What
from data_consistency.rules import Severity

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When people are told; one for each kind of alert."""

    settle: timedelta = timedelta(minutes=30)  # gone for so long, it is over
    settle_most: timedelta = timedelta(hours=6)
    returns_within: timedelta = timedelta(hours=24)  # back so soon, it is the same trouble again
    growth: int = 10  # times as many rows as people knew of
    growth_after: timedelta = timedelta(hours=1)
    renew_after: timedelta = timedelta(hours=4)  # rows never seen before are told so late, then twice as late, ...
    renew_most: timedelta = timedelta(hours=24)
    escalate_after: timedelta | None = None  # unacknowledged; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is there now."""

    rows: int  # 0: nothing
    severity: Severity = Severity.CRITICAL
    newest: datetime | None = None  # when the newest of its rows was seen for the first time


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known; all times UTC, naive."""

    opened_at: datetime | None = None  # None: there is no trouble
    severity: Severity = Severity.CRITICAL
    rows: int = 0
    quiet_since: datetime | None = None  # nothing of it has been seen since
    closed_at: datetime | None = None  # when its last life ended
    last_opened_at: datetime | None = None  # and began
    returns: int = 0  # lives before this one, each within a day of the next
    told_at: datetime | None = None  # of this life, for the first time; None: nobody was told
    known_at: datetime | None = None  # when people last knew: told or acknowledged
    known_rows: int = 0
    known_severity: Severity = Severity.INFO
    renewals: int = 0  # times that rows never seen before were told
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    escalated_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is trouble, or may be."""
        return self.opened_at is not None


def step(life: Life, seen: Seen, now: datetime, policy: Policy, *, muted: bool = False) -> tuple[Life, What | None]:
    """What is known now, and what people are to be told.

    Telling is what brings `told_at` and `known_*` up to date, so the caller keeps the new life only together with the
    message. Who was never told of an opening is not told of its end.

    Args:
        life: what was known.
        seen: what is there.
        now: of the observation.
        policy: of the kind.
        muted: nothing is told now; what is over ends when that is.
    """
    if seen.rows <= 0:
        return _gone(life, now, policy, muted=muted)
    life = replace(_going_on(life, now, policy), rows=seen.rows, severity=seen.severity, quiet_since=None)
    if muted or (life.snoozed_until is not None and now < life.snoozed_until):
        return life, None
    what = _news(life, seen, now, policy)
    if life.snoozed_until is not None:
        life, what = replace(life, snoozed_until=None), what or What.REMINDED
    return (life, None) if what is None else (_told(life, what, now), what)


def acknowledged(life: Life, now: datetime) -> Life:
    """Somebody has taken it on: it is told again only if it grows or worsens from what it is now."""
    return replace(life, acknowledged_at=now, known_at=now, known_rows=life.rows, known_severity=life.severity)


def told(life: Life, now: datetime) -> Life:
    """Somebody has been told of it by hand."""
    return _told(life, What.OPENED, now)


def snoozed(life: Life, until: datetime) -> Life:
    """Nothing is told until then; what lasts is told again."""
    return replace(life, snoozed_until=until)


def closed(life: Life, now: datetime) -> Life:
    """A person says that it is over; what is seen again opens it anew."""
    return _ended(life, life.quiet_since or now) if life.is_open else life


def settle_time(life: Life, policy: Policy) -> timedelta:
    """How long nothing of it must have been seen until it is over."""
    return min(policy.settle * (1 << min(life.returns, 10)), policy.settle_most)


def _gone(life: Life, now: datetime, policy: Policy, *, muted: bool) -> tuple[Life, What | None]:
    if life.opened_at is None:
        return life, None
    since = life.quiet_since or now
    life = replace(life, rows=0, quiet_since=since)
    if muted or now - since < settle_time(life, policy):
        return life, None
    what = None if life.told_at is None else What.RESOLVED
    return _ended(life, since), what


def _ended(life: Life, at: datetime) -> Life:
    return Life(closed_at=at, last_opened_at=life.opened_at, returns=life.returns, severity=life.severity)


def _going_on(life: Life, now: datetime, policy: Policy) -> Life:
    """The same life, or a new one."""
    if life.is_open:
        return life
    is_back = life.closed_at is not None and now - life.closed_at <= policy.returns_within
    return Life(opened_at=now, closed_at=life.closed_at, returns=life.returns + 1 if is_back else 0)


def _news(life: Life, seen: Seen, now: datetime, policy: Policy) -> What | None:
    if life.told_at is None or life.known_at is None:
        return What.OPENED
    if _has_grown(life, seen, now, life.known_at, policy):
        return What.WORSENED
    unanswered = life.acknowledged_at is None and life.escalated_at is None
    if unanswered and policy.escalate_after is not None and now - life.told_at >= policy.escalate_after:
        return What.ESCALATED
    return None


def _has_grown(life: Life, seen: Seen, now: datetime, known_at: datetime, policy: Policy) -> bool:
    if _ORDER[seen.severity] < _ORDER[life.known_severity]:
        return True
    if seen.rows >= policy.growth * max(1, life.known_rows) and now - known_at >= policy.growth_after:
        return True
    is_new = life.acknowledged_at is None and seen.newest is not None and seen.newest > known_at
    return is_new and now - known_at >= min(policy.renew_after * (1 << min(life.renewals, 10)), policy.renew_most)


def _told(life: Life, what: What, now: datetime) -> Life:
    return replace(
        life,
        told_at=life.told_at or now,
        known_at=now,
        known_rows=life.rows,
        known_severity=life.severity,
        renewals=life.renewals + 1 if what is What.WORSENED else life.renewals,
        escalated_at=now if what is What.ESCALATED else life.escalated_at,
    )
