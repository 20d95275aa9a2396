"""Mutes and maintenance windows: nothing is told for a while, and alerts live on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.errors import WrongUse

_MOST_HOURS = 24 * 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Nothing is told of a rule or a company, or of anything, for a while."""

    id: int
    rule: str | None
    company_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str

    def covers(self, rule: str | None, company: int | None) -> bool:
        """Whether it is about a rule in the rows of a company."""
        return self.rule in {None, rule} and self.company_id in {None, company}


def mute(
    connection: Connection,
    *,
    rule: str | None,
    company_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Tell nothing of a rule, a company, or anything from one time to another: a maintenance window.

    Raises:
        WrongUse: it would end before it begins, is past or too far, or has no reason.
    """
    require_soon(ends_at, now)
    if starts_at >= ends_at:
        raise WrongUse("a mute begins before it ends; give --hours above 0")
    if not reason.strip():
        raise WrongUse("a mute has a reason, for who looks at it later; give --reason")
    sql.run(
        connection,
        "put_mute",
        rule=rule,
        company_id=company_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:255],
        actor=actor[:100],
        now=now,
    )


def mutes(connection: Connection, now: datetime) -> list[Mute]:
    """What is muted now, or will be."""
    return [
        Mute(
            id=int(row["id"]),
            rule=None if row["rule"] is None else str(row["rule"]),
            company_id=None if row["company_id"] is None else int(row["company_id"]),
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            reason=str(row["reason"]),
            created_by=str(row["created_by"]),
        )
        for row in sql.run(connection, "mutes", now=now).mappings()
    ]


def unmute(connection: Connection, mute_id: int, *, now: datetime) -> None:
    """End a mute before its time.

    Raises:
        WrongUse: there is none, or it is over.
    """
    if not sql.run(connection, "end_mute", mute_id=mute_id, now=now).rowcount:
        raise WrongUse(f"mute {mute_id} does not exist or is over; `consistency alert list` shows those that last")


def require_soon(until: datetime, now: datetime) -> None:
    """Refuse a time that is past or too far: nothing is silenced for good.

    Raises:
        WrongUse: it is.
    """
    if not now < until <= now + timedelta(hours=_MOST_HOURS):
        raise WrongUse(f"until {until:%Y-%m-%d %H:%M} UTC: use a time within the next {_MOST_HOURS // 24} days")
