"""Hints: what a provider says has happened (table consistency_hints), until somebody has looked.

Whoever works on some leases them first, so that two never work on the same; a lease whose holder died runs out by the
server's clock. A message that has been dealt with is remembered as long as it would be accepted, then forgotten.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from data_consistency.db import sql

CALCOM, RETELL = "calcom", "retell"
# Longer than all looks of one lease take.
LEASE_SECONDS = 60
# Seconds by which a message may differ from our clock; Retell's own library allows five minutes, and clocks differ.
WINDOW_SECONDS = 600
# Seconds until each further look: what is told leaves before it is stored, and before the application writes its rows.
WAITS = (1, 2, 3, 8, 16, 30, 60)
# So many looks at the rows there are at least.
LOOKS = 4
_AT_ONCE = 50
_DUE = 500
_FORGOTTEN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, as far as anything of it is kept."""

    provider: str
    company_id: int | None  # None: the row that it names will tell
    kind: str  # in the provider's words
    ref: str  # of a booking or a call
    other_ref: str | None = None  # of the booking that was moved
    said_at: datetime  # by the provider's clock, UTC, naive
    digest: str  # of the body, SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A message that is worked on."""

    id: int
    provider: str
    company_id: int | None
    kind: str
    ref: str
    other_ref: str | None
    received_at: datetime
    attempts: int  # this one included
    agreed_at: datetime | None  # when the calendar said the same; None: not yet

    @property
    def is_last(self) -> bool:
        """Whether nobody looks again after this."""
        return self.attempts > len(WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Hints of one provider and company, held by one worker."""

    token: str
    hints: tuple[Hint, ...]


def put(connection: Connection, said: Said) -> bool:
    """Note a message, in one statement; False: it is known already."""
    done = sql.run(
        connection,
        "put_hint",
        provider=said.provider,
        company_id=said.company_id,
        kind=said.kind,
        ref=said.ref,
        other_ref=said.other_ref,
        digest=said.digest,
        said_at=said.said_at,
    )
    return done.rowcount == 1  # 2: a row that was there was changed


def lease(connection: Connection, *, seconds: int = LEASE_SECONDS) -> Lease | None:
    """Take hints of one company, the longest due first; None: there are none, or others were faster."""
    due = sql.run(connection, "hints_due", limit=_DUE).all()
    if not due:
        return None
    whose = (due[0].provider, due[0].company_id)
    ids = [int(row.id) for row in due if (row.provider, row.company_id) == whose][:_AT_ONCE]
    token = secrets.token_hex(16)
    if not sql.run(connection, "lease_hints", ids=ids, token=token, seconds=seconds).rowcount:
        return None
    rows = sql.run(connection, "leased_hints", ids=ids, token=token).mappings()
    return Lease(token=token, hints=tuple(Hint(**row) for row in rows))


def end(connection: Connection, token: str, ids: Sequence[int]) -> None:
    """Nothing is left to be done about some."""
    if ids:
        sql.run(connection, "end_hints", ids=list(ids), token=token)


def put_off(
    connection: Connection, token: str, ids: Sequence[int], *, seconds: float, agreed: bool, is_counted: bool = True
) -> None:
    """Look at some again later.

    Args:
        connection: in a transaction.
        token: of their lease.
        ids: of the hints.
        seconds: how much later.
        agreed: whether the calendar says by now what they say.
        is_counted: False: nobody could look, so that it was no look.
    """
    if ids:
        sql.run(
            connection,
            "put_hints_off",
            ids=list(ids),
            token=token,
            seconds=seconds,
            agreed=agreed,
            uncounted=0 if is_counted else 1,
        )


def forget(connection: Connection) -> int:
    """Forget what has been dealt with, once the same message would be refused as too old; returns how many."""
    # Twice: one that was ahead of our clock is accepted for so long.
    return sql.run(connection, "hints_to_forget", seconds=2 * WINDOW_SECONDS, batch=_FORGOTTEN).rowcount
