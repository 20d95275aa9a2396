"""One company's calendar, read in windows of time: each is stored with the cursor behind it, or goes on next time.

Two readings: what was created or updated since the last one, and what begins from a while ago to far ahead. Only the
second, complete, proves that a booking is not there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.engine import Connection

from data_consistency.calendar import mirror
from data_consistency.calendar.absence import SECOND_LOOK, settle_doubts
from data_consistency.calendar.calcom import Booking, Edge, Query, Unreadable, Walk, Window
from data_consistency.calendar.calcom.errors import CalcomError
from data_consistency.calendar.mirror import Kind, Reading
from data_consistency.calendar.port import ConnectedCalendar, ReadOnlyCalendar
from data_consistency.calendar.rows import aware, brought
from data_consistency.errors import CircuitOpen
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

T = TypeVar("T")
logger = logger_of(__name__)

LAG = timedelta(minutes=2)  # Cal.com answers from a replica
OVERLAP = timedelta(minutes=15)
STEP = timedelta(days=7)  # of one window
FAR = timedelta(days=3650)  # nothing is booked later
HORIZON_EVERY = timedelta(hours=23)
TOO_OLD = timedelta(hours=24)  # a horizon begun so long ago is begun anew
PATIENCE = timedelta(minutes=30)  # of one company in one run


class Outcome(StrEnum):
    """How far one company's reading came."""

    COMPLETE = "complete"
    GOES_ON = "goes_on"  # as planned: the next run goes on where this one stopped
    BUSY = "busy"  # somebody else reads it now
    NOT_EVALUATED = "not_evaluated"


class Stopped(Exception):
    """A reading that did not come to its end."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        """Keep how, and why in words that name nobody."""
        self.outcome = outcome
        self.reason = reason
        super().__init__(reason)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one run has read of one company."""

    windows: int = 0
    bookings: int = 0
    looked_up: int = 0
    lost: int = 0
    unreadable: int = 0  # set aside: by ids alone, and judged by nobody


class CompanyReader:
    """Reads one company's calendar into the mirror."""

    def __init__(self, rt: Runtime, source: ConnectedCalendar, calendar: ReadOnlyCalendar, *, run_id: str) -> None:
        self._rt = rt
        self._source = source
        self._calendar = calendar
        self._run_id = run_id
        self._until = rt.now() + PATIENCE
        self.tally = Tally()

    def read(self, *, horizon: bool) -> None:
        """Read what changed, and the horizon when it is due or asked for.

        Raises:
            Stopped: one of them did not come to its end.
            DatabaseUnavailable: repeat the run.
        """
        company, now = self._source.company_id, self._rt.now()
        # Before the first request: a calendar that never answers is not one that nobody connected.
        readings = self._rt.repeated(
            lambda connection: mirror.readings_of(connection, company, run_id=self._run_id, now=now)
        )
        self._asked(self._calendar.prove_access)
        self._read_changes(readings[Kind.CHANGES])
        if horizon or is_horizon_due(readings[Kind.HORIZON], now):
            self._read_horizon(readings[Kind.HORIZON])

    def _read_changes(self, reading: Reading) -> None:
        goal = self._rt.now() - LAG
        while reading.begun_at is not None or reading.upper_at is None or reading.upper_at < goal:
            if reading.begun_at is None:
                reading = self._begin(reading, *self._changed_window(reading, goal))
            reading = self._read_windows(reading)
            reading = self._end(reading)

    def _changed_window(self, reading: Reading, goal: datetime) -> tuple[datetime, datetime]:
        if reading.upper_at is None:
            return goal - timedelta(days=self._rt.settings.calcom_days_back), goal
        return reading.upper_at - OVERLAP, goal

    def _read_horizon(self, reading: Reading) -> None:
        now = self._rt.now()
        if reading.begun_at is None or now - reading.begun_at > TOO_OLD:
            back = timedelta(days=self._rt.settings.calcom_days_back)
            reading = self._begin(reading, now - back, now + FAR)
        reading = self._read_windows(reading)
        self._settle(reading)
        self._end(reading)

    def _begin(self, reading: Reading, lower: datetime, upper: datetime) -> Reading:
        now = self._rt.now()
        begun = replace(reading, begun_at=now, lower_at=lower, upper_at=upper, next_at=lower)
        return self._rt.repeated(lambda connection: mirror.move(connection, begun, run_id=self._run_id, now=now))

    def _read_windows(self, reading: Reading) -> Reading:
        assert reading.next_at is not None
        assert reading.upper_at is not None
        while reading.next_at < reading.upper_at:
            if self._rt.now() > self._until:
                raise Stopped(
                    Outcome.GOES_ON, f"the time of a run is over; the next goes on at {reading.next_at:%Y-%m-%d}"
                )
            upper = self._end_of_window(reading.next_at, reading.upper_at, reading)
            reading = self._read_window(reading, reading.next_at, upper)
            assert reading.next_at is not None
        return reading

    def _end_of_window(self, lower: datetime, upper: datetime, reading: Reading) -> datetime:
        """A week, and beyond the near future all that is left."""
        if reading.kind is Kind.CHANGES:
            return min(lower + STEP, upper)
        near = (reading.begun_at or lower) + timedelta(days=self._rt.settings.calcom_days_ahead)
        return min(lower + STEP, near) if lower < near else upper

    def _read_window(self, reading: Reading, lower: datetime, upper: datetime) -> Reading:
        """Read one window and store it; the cursor moves with it, if nothing of it is missing."""
        edges = (Edge.START,) if reading.kind is Kind.HORIZON else (Edge.CREATED, Edge.UPDATED)
        found: list[Booking] = []
        riddles: list[Unreadable] = []
        problem = None
        for edge in edges:
            walk, problem = self._walk(Window(edge=edge, lower=aware(lower), upper=aware(upper)))
            found += walk.bookings if walk else ()
            riddles += walk.unreadable if walk else ()
            if problem:
                break
        window = brought(found, riddles)
        now = self._rt.now()

        def keep(connection: Connection) -> Reading:
            mirror.store(connection, self._source.company_id, window.read, now=now)
            mirror.set_aside(connection, self._source.company_id, window.unreadable, now=now)
            if problem:
                return reading
            return mirror.move(connection, replace(reading, next_at=upper), run_id=self._run_id, now=now)

        kept_until = self._rt.repeated(keep)
        self.tally.windows += 1
        self.tally.bookings += len(window.read)
        self.tally.unreadable += len(window.unreadable)
        if problem:
            raise Stopped(Outcome.NOT_EVALUATED, problem)
        return kept_until

    def _walk(self, window: Window) -> tuple[Walk | None, str | None]:
        try:
            walk = self._calendar.walk(Query(window=window, event_type_ids=self._source.account.event_type_ids))
        except (CalcomError, CircuitOpen) as error:
            return None, str(error)
        if walk.is_whole:
            return walk, None
        why = f": {walk.failure}" if walk.failure else ""
        return walk, f"the list of bookings is not complete, {', '.join(walk.shortfalls)}{why}"

    def _settle(self, reading: Reading) -> None:
        """Look up what the horizon did not show.

        Raises:
            Stopped: some may be gone, and it is too early to say.
        """
        doubts = self._asked(lambda: settle_doubts(self._rt, self._source, self._calendar, reading))
        self.tally.looked_up += doubts.looked_up
        self.tally.lost += doubts.lost
        if doubts.distrust:
            raise Stopped(Outcome.NOT_EVALUATED, doubts.distrust)
        if doubts.waiting or doubts.unasked:
            minutes = SECOND_LOOK // timedelta(minutes=1)
            raise Stopped(
                Outcome.GOES_ON,
                f"{doubts.waiting + doubts.unasked} bookings are in no list any more; they are looked up again, at the"
                f" earliest {minutes} minutes after the first look",
            )

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except (CalcomError, CircuitOpen) as error:
            raise Stopped(Outcome.NOT_EVALUATED, str(error)) from error

    def _end(self, reading: Reading) -> Reading:
        """The reading is complete: the next begins where it ended."""
        assert reading.begun_at is not None
        ended = replace(reading, begun_at=None, completed_at=reading.begun_at)
        seen_at = reading.begun_at - LAG

        def end(connection: Connection) -> Reading:
            moved = mirror.move(connection, ended, run_id=self._run_id, now=self._rt.now())
            mirror.link(connection, reading.company_id, now=self._rt.now())
            if reading.kind is Kind.HORIZON:
                mirror.let_go(connection, reading, now=self._rt.now())
                mirror.beat_company(connection, reading.company_id, seen_at=seen_at, run_id=self._run_id)
            return moved

        moved = self._rt.repeated(end)
        logger.info("calendar read company=%d kind=%s run=%s", reading.company_id, reading.kind, self._run_id)
        return moved


def is_horizon_due(reading: Reading, now: datetime) -> bool:
    """Whether one is under way, or the last complete one is a day old."""
    return reading.begun_at is not None or reading.completed_at is None or now - reading.completed_at >= HORIZON_EVERY
