"""What is done about hints: the calendar is asked, the rows that they name are checked, and they are forgotten.

The calendar is asked until it says the same, and the rows are checked a few times: both are written later than told.
A hint decides nothing. Calendar and rows are read as any run reads them, and what is found is recorded as by any check,
so that a hint that is lost, forged or sent a hundred times changes nothing but when it is found.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from data_consistency.booking.guard import BookingGuard
from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar import hinted as calendar_hinted
from data_consistency.calendar.hinted import Wanted
from data_consistency.calendar.port import ConnectedCalendar
from data_consistency.calendar.reconciliation import tables_of_calendar
from data_consistency.db import sql
from data_consistency.errors import CheckNotEvaluated
from data_consistency.ledger import findings, hints, runs
from data_consistency.ledger.hints import CALCOM, Hint, Lease
from data_consistency.logs import logger_of
from data_consistency.pipeline.check import Look, look_at, record
from data_consistency.pipeline.session import ending, finish
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

KIND = "hint"
_ACTOR = "booking service"
_CALLS, _APPOINTMENTS = "calls", "appointments"
# What is told has just been written, or is about to be.
_BEFORE = timedelta(seconds=30)
_BUSY_SECONDS = 2.0
_VOID = frozenset({"BOOKING_CANCELLED", "BOOKING_REJECTED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Rows of one company that hints lead to."""

    company_id: int | None
    calls: frozenset[int] = frozenset()
    bookings: frozenset[str] = frozenset()  # uids
    since: datetime | None = None  # also what something happened to since then


class HintWorker:
    """Does what is to be done about hints; threads may share one."""

    def __init__(
        self, rt: Runtime, guard: BookingGuard, breakers: Breakers, calendars: Sequence[ConnectedCalendar]
    ) -> None:
        self._rt = rt
        self._guard = guard
        self._breakers = breakers
        self._calendars = {source.company_id: source for source in calendars}

    def work(self) -> int:
        """Take hints of one company and deal with them; returns how many, 0: none is due.

        Raises:
            DataConsistencyError: they are looked at again when their lease ends.
        """
        lease = self._rt.repeated(hints.lease)
        if lease is None:
            return 0
        whose = lease.hints[0] if lease.hints else None
        if whose is not None and whose.provider == CALCOM and whose.company_id not in self._calendars:
            # There is nobody to ask, and whoever says so is no evidence.
            self._rt.repeated(lambda connection: hints.end(connection, lease.token, [one.id for one in lease.hints]))
        elif whose is not None:
            ready = self._calcom(lease) if whose.provider == CALCOM else self._retell(lease)
            self._settle(lease, ready)
        return len(lease.hints)

    def _calcom(self, lease: Lease) -> Collection[int] | None:
        """Ids of the hints that the calendar agrees with; None: nobody could look."""
        source = self._calendars[int(str(lease.hints[0].company_id))]
        uids = self._uids(source.company_id, lease.hints)
        open_hints = [hint for hint in lease.hints if hint.agreed_at is None]
        seen = calendar_hinted.Seen()
        if wanted := _wanted(open_hints, uids):
            seen = calendar_hinted.look(self._rt, source, self._breakers, wanted)
            if seen.is_busy:
                return None
        with self._rt.transaction() as connection:
            calls = _calls_named(connection, seen.call_names, source.company_id)
        self._look_at(
            Named(
                company_id=source.company_id,
                calls=frozenset(calls.get(source.company_id, ())),
                bookings=frozenset(uids.values()),
                since=min(hint.received_at for hint in lease.hints) - _BEFORE,
            ),
            (*tables_of_calendar(self._rt), *([_CALLS] if calls else ())),
        )
        return {
            hint.id
            for hint in lease.hints
            if hint.agreed_at is not None
            or Wanted(uid=uids.get(hint.ref, ""), is_void=hint.kind in _VOID) in seen.agreed
        }

    def _uids(self, company_id: int, of: Sequence[Hint]) -> Mapping[str, str]:
        """The uids that hints name, by what they say; a number is looked up in the mirror."""
        numbers = [int(hint.ref[1:]) for hint in of if hint.ref.startswith("#")]
        found: dict[str, str] = {}
        if numbers:
            with self._rt.transaction() as connection:
                rows = sql.run(connection, "numbers_of_calcom_bookings", company_id=company_id, ids=numbers).all()
            found = {f"#{number}": str(uid) for number, uid in rows}
        return found | {hint.ref: hint.ref for hint in of if not hint.ref.startswith("#")}

    def _retell(self, lease: Lease) -> Collection[int]:
        """Ids of the hints whose calls are there."""
        with self._rt.transaction() as connection:
            names = {hint.ref for hint in lease.hints}
            found = sql.run(connection, "hinted_calls", names=sorted(names), company_id=None).all()
        of_company: dict[int | None, set[int]] = {}
        for row in found:
            of_company.setdefault(row.company_id, set()).add(int(row.id))
        for company, calls in of_company.items():
            self._look_at(Named(company_id=company, calls=frozenset(calls)), (_CALLS, _APPOINTMENTS))
        there = {str(row.retell_call_id) for row in found}
        return {hint.id for hint in lease.hints if hint.ref in there}

    def _look_at(self, named: Named, tables: Sequence[str]) -> None:
        """Look again at announcements that wait for the rows, then check the rows: they are as they stay."""
        counts = self._guard.recheck_hinted(named.company_id, calls=named.calls, bookings=named.bookings)
        if counts:
            logger.info("bookings looked at again after a hint: %s", counts)
        for table in tables:
            self._check(table, named)

    def _check(self, table: str, named: Named) -> None:
        suites = self._rt.suites()
        if table not in suites:
            return
        suite = suites[table]
        with self._rt.transaction() as connection:
            ids = _ids_in(connection, table, named)
            seen = look_at(connection, self._rt, suite, named.company_id, since=named.since, ids=ids)
            if seen is None or not findings.is_news(connection, seen.scan):
                return
        self._record(table, seen)

    def _record(self, table: str, seen: Look) -> None:
        rt = self._rt
        run_id = runs.new_run_id(KIND, rt.now(), rt.source)
        rule_set, now = rt.rule_set(), rt.now()

        def begin(connection: Connection) -> None:
            runs.start(
                connection, run_id, kind=KIND, actor=_ACTOR, dry_run=rt.source.dry_run, rule_set=rule_set, now=now
            )

        rt.repeated(begin)
        with ending(rt, run_id):
            try:
                record(rt, rt.suite_of(table), seen, run_id=run_id)
            except CheckNotEvaluated as silent:
                logger.info("not all rules could be judged after a hint table=%s: %s", table, silent)
        finish(rt, run_id, is_whole=False)

    def _settle(self, lease: Lease, ready: Collection[int] | None) -> None:
        """Forget what has been dealt with, and look again at the rest in a while."""
        if ready is None:
            ids = [hint.id for hint in lease.hints]
            self._rt.repeated(
                lambda connection: hints.put_off(
                    connection, lease.token, ids, seconds=_BUSY_SECONDS, agreed=False, is_counted=False
                )
            )
            return
        done = [one.id for one in lease.hints if one.is_last or (one.id in ready and one.attempts >= hints.LOOKS)]
        later: dict[tuple[int, bool], list[int]] = {}
        for hint in lease.hints:
            if hint.id not in done:
                later.setdefault((hint.attempts, hint.id in ready), []).append(hint.id)

        def write(connection: Connection) -> None:
            hints.end(connection, lease.token, done)
            for (attempts, agreed), ids in later.items():
                hints.put_off(connection, lease.token, ids, seconds=hints.WAITS[attempts - 1], agreed=agreed)

        self._rt.repeated(write)


def _wanted(of: Sequence[Hint], uids: Mapping[str, str]) -> list[Wanted]:
    """What the calendar is asked for; of a booking that was moved also for the one before."""
    wanted = {Wanted(uid=uids[hint.ref], is_void=hint.kind in _VOID): None for hint in of if hint.ref in uids}
    wanted |= {Wanted(uid=hint.other_ref, is_void=True): None for hint in of if hint.other_ref is not None}
    return list(wanted)


def _calls_named(connection: Connection, names: Collection[str], company_id: int) -> dict[int, set[int]]:
    """Calls of a company that bookings name, by its id."""
    if not names:
        return {}
    rows = sql.run(connection, "hinted_calls", names=sorted(names), company_id=company_id)
    return {company_id: {int(row.id) for row in rows}}


def _ids_in(connection: Connection, table: str, named: Named) -> list[int]:
    if table == _CALLS:
        return sorted(named.calls)
    if table == _APPOINTMENTS and named.calls:
        return [int(row_id) for (row_id,) in sql.run(connection, "appointments_of_calls", ids=sorted(named.calls))]
    return []
