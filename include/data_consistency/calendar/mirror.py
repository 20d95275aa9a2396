"""How far each company's calendar has been read, and what was read: the mirror, its cursors and its heartbeats."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.db.transactions import cleaning_up, connected, translated
from data_consistency.errors import DatabaseUnavailable
from data_consistency.rules import CALCOM

_LONGEST_CHAIN = 10  # steps of one reading; a longer one, or one that bites its tail, goes on with the next


class Kind(StrEnum):
    """What a reading asks for."""

    CHANGES = "changes"  # what was created or updated lately
    HORIZON = "horizon"  # what begins from a while ago to far ahead: only this can prove absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of one company's calendar, as it stands; times are UTC, naive."""

    company_id: int
    kind: Kind
    begun_at: datetime | None = None  # None: none is under way
    lower_at: datetime | None = None
    upper_at: datetime | None = None
    next_at: datetime | None = None
    completed_at: datetime | None = None  # when the last complete one began
    revision: int = 0
    run_id: str | None = None  # which moved it last

    @property
    def is_complete(self) -> bool:
        """Whether it came to its end, and no other has begun since."""
        return self.begun_at is None and self.completed_at is not None


@contextmanager
def only_reader(engine: Engine, company_id: int) -> Iterator[bool]:
    """Whether nobody else reads the calendar of a company; within, nobody else begins.

    What two read at the same time would be stored in any order, and the older could win.

    Raises:
        DatabaseUnavailable: the database did not answer.
    """
    with translated(), connected(engine) as connection:
        is_ours = bool(sql.run(connection, "lock_calcom_reading", company_id=company_id).scalar_one())
        connection.commit()  # the lock is the connection's, and outlives its transactions
        try:
            yield is_ours
        finally:
            if is_ours:
                with cleaning_up(connection):
                    sql.run(connection, "unlock_calcom_reading", company_id=company_id)


def readings_of(connection: Connection, company_id: int, *, run_id: str, now: datetime) -> Mapping[Kind, Reading]:
    """Both readings of a company; what was never read is registered."""
    for kind in Kind:
        sql.run(connection, "put_calcom_reading", company_id=company_id, kind=kind.value, run_id=run_id, now=now)
    return known_readings(connection, company_id)


def known_readings(connection: Connection, company_id: int) -> Mapping[Kind, Reading]:
    """The readings of a company that were ever begun."""
    rows = sql.run(connection, "calcom_readings_of", company_id=company_id).mappings()
    return {
        (kind := Kind(row["kind"])): Reading(**{**dict(row), "kind": kind, "company_id": company_id}) for row in rows
    }


def move(connection: Connection, reading: Reading, *, run_id: str, now: datetime) -> Reading:
    """Store a step of a reading.

    Raises:
        DatabaseUnavailable: another reader has moved it meanwhile; the caller's transaction must not be committed.
    """
    done = sql.run(
        connection,
        "move_calcom_reading",
        company_id=reading.company_id,
        kind=reading.kind.value,
        begun_at=reading.begun_at,
        lower_at=reading.lower_at,
        upper_at=reading.upper_at,
        next_at=reading.next_at,
        completed_at=reading.completed_at,
        revision=reading.revision,
        run_id=run_id,
        now=now,
    )
    if not done.rowcount:
        raise DatabaseUnavailable(f"calendar of company {reading.company_id}: another reader went on; repeat it later")
    return replace(reading, revision=reading.revision + 1)


def store(connection: Connection, company_id: int, rows: Sequence[Mapping[str, object]], *, now: datetime) -> None:
    """Put what the calendar says into the mirror; what could not be read before is read now.

    A number that another booking of the company has stays that one's: the row that repeats it is stored without.
    """
    free = _with_free_numbers(connection, company_id, rows)
    sql.run_many(connection, "upsert_calcom_booking", [{**row, "company_id": company_id, "now": now} for row in free])


def set_aside(connection: Connection, company_id: int, rows: Sequence[Mapping[str, object]], *, now: datetime) -> None:
    """Note bookings that are there and could not be read: what was known of their state is known no more."""
    free = _with_free_numbers(connection, company_id, rows)
    sql.run_many(
        connection, "set_calcom_booking_aside", [{**row, "company_id": company_id, "now": now} for row in free]
    )


def link(connection: Connection, company_id: int, *, now: datetime) -> None:
    """Give every booking of a chain of moves one root, by the links that any of them names."""
    sql.run(connection, "link_calcom_successors", company_id=company_id, now=now)
    for _ in range(_LONGEST_CHAIN):
        if not sql.run(connection, "shorten_calcom_chains", company_id=company_id, now=now).rowcount:
            return


def let_go(connection: Connection, reading: Reading, *, now: datetime) -> None:
    """Bookings that could not be read and that a complete reading did not show any more are no riddle."""
    sql.run(connection, "let_go_of_calcom_bookings", company_id=reading.company_id, begun_at=reading.begun_at, now=now)


def _with_free_numbers(
    connection: Connection, company_id: int, rows: Sequence[Mapping[str, object]]
) -> list[Mapping[str, object]]:
    numbers = [row["calcom_id"] for row in rows if row["calcom_id"] is not None]
    if not numbers:
        return list(rows)
    taken = sql.run(connection, "numbers_of_calcom_bookings", company_id=company_id, ids=numbers)
    holders = {int(number): str(uid) for number, uid in taken}
    return [
        row
        if row["calcom_id"] is None
        or holders.setdefault(int(str(row["calcom_id"])), str(row["calcom_uid"])) == row["calcom_uid"]
        else {**row, "calcom_id": None}
        for row in rows
    ]


def doubtful(
    connection: Connection, reading: Reading, *, ripe_at: datetime, limit: int
) -> list[tuple[str, datetime | None]]:
    """Live bookings that a reading did not show, with when they were missed first, if they were."""
    rows = sql.run(
        connection,
        "doubtful_calcom_bookings",
        company_id=reading.company_id,
        begun_at=reading.begun_at,
        lower_at=reading.lower_at,
        upper_at=reading.upper_at,
        ripe_at=ripe_at,
        limit=limit,
    )
    return [(str(uid), missed_at) for uid, missed_at in rows]


def count_missed(connection: Connection, reading: Reading) -> int:
    """Bookings that were missed once and wait for their second look."""
    return int(
        sql.run(
            connection, "count_missed_calcom_bookings", company_id=reading.company_id, begun_at=reading.begun_at
        ).scalar_one()
    )


def shown_uid(connection: Connection, reading: Reading) -> str | None:
    """A booking that a reading has shown."""
    row = sql.run(
        connection, "seen_calcom_booking", company_id=reading.company_id, begun_at=reading.begun_at
    ).one_or_none()
    return None if row is None else str(row.calcom_uid)


def miss(connection: Connection, company_id: int, uid: str, *, now: datetime) -> None:
    """Note that a booking was not there."""
    sql.run(connection, "miss_calcom_booking", company_id=company_id, calcom_uid=uid, now=now)


def lose(connection: Connection, company_id: int, uid: str, *, now: datetime) -> None:
    """A booking is gone: its row stays and is booked no more."""
    sql.run(connection, "lose_calcom_booking", company_id=company_id, calcom_uid=uid, now=now)
    sql.run(connection, "forget_calcom_absence", company_id=company_id, calcom_uid=uid)


def beat_company(connection: Connection, company_id: int, *, seen_at: datetime, run_id: str) -> None:
    """Say that everything this company's calendar held at a time has been seen."""
    sql.run(connection, "beat", name=f"{CALCOM}:{company_id}", now=seen_at, run_id=run_id)
    sql.run(connection, "forget_calcom_absences", company_id=company_id)


def beat_source(connection: Connection, *, seen_at: datetime, run_id: str) -> None:
    """Say that the calendars of all companies have been read."""
    sql.run(connection, "beat", name=CALCOM, now=seen_at, run_id=run_id)


def disconnect(connection: Connection, company_id: int) -> bool:
    """Forget how far a company's calendar had been read, so that it is no longer missed; its mirrored bookings stay.

    Returns:
        Whether it had ever been read, or was tried to be.
    """
    was_known = sql.run(connection, "forget_calcom_readings", company_id=company_id).rowcount > 0
    sql.run(connection, "forget_heartbeats_of_calcom", company_id=company_id)
    return was_known


def companies(connection: Connection) -> list[int]:
    """The companies of the source."""
    return [int(company) for (company,) in sql.run(connection, "companies_there")]
