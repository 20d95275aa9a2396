"""Announcements that have a key: a repeat is the same announcement, and gets the answer of the first time.

What is true now is told as it is now; what was done about it is told as it was done, by whichever of the repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy.engine import Connection

from data_consistency.booking import records
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.settlement import Action, Case, Settlement
from data_consistency.booking.verdict import Verdict
from data_consistency.db import sql
from data_consistency.errors import WrongUse

_T = TypeVar("_T")


class Do(Protocol):
    """Where work is done."""

    def __call__(self, work: Callable[[Connection], _T]) -> _T:
        """Do some work in one transaction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was answered before; nothing yet, where it is the first time or the first answer is still being made."""

    announced_at: datetime | None
    received_at: datetime
    verdict: str | None
    action: str | None
    run_id: str | None


def settled_once(case: Case, act: Callable[[Case], Settlement], *, do: Do, now: datetime) -> Settlement:
    """Settle a case whose request has a key.

    Args:
        case: a request with a key, and its verdict.
        act: settles; can be repeated.
        do: transactions.
        now: UTC, naive; of a first announcement the time of its receipt.

    Raises:
        WrongUse: the key was used for another announcement; nothing was changed.
    """
    known = do(partial(_receive, request=case.request, now=now))
    first = replace(case.request, announced_at=known.announced_at)
    settlement = act(replace(case, request=first, as_of=known.received_at))
    return do(partial(_remember, request=first, settlement=settlement, since=known.received_at, now=now))


def require_same(request: BookingRequest, digest: str | None) -> None:
    """Nothing, if a key was not used before, or for the same announcement.

    Raises:
        WrongUse: it was used for another one.
    """
    if digest not in {None, request.digest}:
        raise WrongUse("idempotency_key: it was used for another announcement; use a new one for each")


def _receive(connection: Connection, *, request: BookingRequest, now: datetime) -> Known:
    said = {"company_id": request.company_id, "idempotency_key": request.idempotency_key}
    sql.run(
        connection,
        "put_announcement",
        **said,
        call_id=request.call_id,
        request_hash=request.digest,
        announced_at=request.announced_at,
        now=now,
    )
    row = sql.run(connection, "known_announcement", **said).mappings().one()
    require_same(request, row["request_hash"])
    return Known(**{name: row[name] for name in Known.__dataclass_fields__})


def _remember(
    connection: Connection, *, request: BookingRequest, settlement: Settlement, since: datetime, now: datetime
) -> Settlement:
    """Keep the answer, and hand it on with what this or another repeat has done."""
    acted = _or_rolled_back(connection, request, settlement, since)
    said = {"company_id": request.company_id, "idempotency_key": request.idempotency_key}
    sql.run(
        connection,
        "answer_announcement",
        **said,
        verdict=acted.result.verdict.value,
        action=acted.action.value,
        run_id=acted.run_id,
        now=now,
    )
    row = sql.run(connection, "known_announcement", **said).mappings().one()
    return replace(acted, action=Action(row["action"]), run_id=row["run_id"])


def _or_rolled_back(
    connection: Connection, request: BookingRequest, settlement: Settlement, since: datetime
) -> Settlement:
    """Of several at once one takes back, and the others find nothing to do: it was done for all of them."""
    if settlement.action is not Action.NONE or settlement.result.verdict is not Verdict.ABSENT:
        return settlement
    said = {"call_id": request.call_id, "company_id": request.company_id}
    run_id = sql.run(connection, "rollback_of_call", **said, rule=records.ROLLBACK, since=since).scalar()
    return settlement if run_id is None else replace(settlement, action=Action.ROLLED_BACK, run_id=str(run_id))
