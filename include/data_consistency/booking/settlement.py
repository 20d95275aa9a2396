"""What a verdict asks for: take back, repair, put before a person, or look again later. One transaction each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.engine import Connection

from data_consistency.booking import records, rows
from data_consistency.booking.judging import judge, one_booking, surely_absent, unverifiable
from data_consistency.booking.request import BookingRequest
from data_consistency.booking.verdict import (
    NOBODY_KNOWS,
    BookingReading,
    Calendar,
    Reason,
    Tell,
    ValidationResult,
    Verdict,
)
from data_consistency.correct.warrant import Authority, Stop, Warrant
from data_consistency.db.transactions import repeated
from data_consistency.errors import DatabaseRefused, GateClosed
from data_consistency.ledger import events
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

_T = TypeVar("_T")
_PATIENCE_SECONDS = 2.0  # after so long nothing is tried again
_FLAG_RULE = "appointment_is_flagged_on_call"
# How long to wait before each further look; after the last one a person decides.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))


_BOOKED = frozenset({Calendar.BOOKED, Calendar.ONE_BOOKING})
_UNKNOWN = frozenset({Calendar.SILENT, Calendar.UNREADABLE})


class Action(StrEnum):
    """What was done about a verdict."""

    NONE = "none"
    ROLLED_BACK = "rolled_back"
    REPAIRED = "repaired"
    SENT_TO_REVIEW = "sent_to_review"
    QUEUED = "queued_for_recheck"
    WOULD_ACT = "would_act"  # in shadow
    NOT_RECORDED = "not_recorded"  # the database is away: nobody will look again unless the request is repeated


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A verdict and what was done about it."""

    result: ValidationResult
    action: Action
    run_id: str | None = None  # of what was changed: `consistency undo --run` takes it back


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request, its verdict, and when we were told of it."""

    request: BookingRequest
    result: ValidationResult
    run_id: str
    as_of: datetime | None
    max_age_seconds: int

    def now_said(self, result: ValidationResult) -> "Case":
        """The same case with another verdict."""
        return replace(self, result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which booking the calendar is asked for."""

    company_id: int | None
    booking_id: str | None  # number or uid, as announced
    retell_call_id: str | None  # the call that it should name
    announced_at: datetime | None  # UTC, naive; None: just now
    received_at: datetime | None = None  # when we were told of it, by our own clock; None: when it was announced
    call_id: int | None = None  # which some paths send instead of the provider's id
    row_ids: frozenset[str] = frozenset()  # what the rows name


# Asks the calendar for a booking; None: none is connected for the company. Errors mean silence.
AskCalendar = Callable[[Question], Calendar | None]


class Settler:
    """Acts on verdicts, on a schema of ours."""

    def __init__(self, rt: Runtime, *, ask_calendar: AskCalendar | None, actor: str) -> None:
        self._rt = rt
        self._ask_calendar = ask_calendar
        self._actor = actor

    def settle(self, case: Case) -> Settlement:
        """Do what the verdict asks for.

        Raises:
            DatabaseUnavailable: nothing was changed; OutcomeUnknown: nobody knows.
            DatabaseRefused: nothing was changed; somebody must mend what it names.
            SchemaNotReady: nothing was changed; migrate.
        """
        acts: Mapping[Verdict, Callable[[Case], Settlement]] = {
            Verdict.CONFIRMED: lambda case: Settlement(result=case.result, action=Action.NONE),
            Verdict.ABSENT: self._absent,
            Verdict.FLAGS_DIFFER: self._flags,
            Verdict.CONTRADICTED: self._contradicted,
            Verdict.UNKNOWN: self.later,
        }
        return acts[case.result.verdict](case)

    def _contradicted(self, case: Case) -> Settlement:
        """Two ids may be those of one booking, before and after a move, which the calendar can tell."""
        if case.result.is_of_times_alone:
            # It has become so since: the booking is there, and nobody need look.
            return Settlement(result=case.result, action=Action.NONE)
        if case.result.reason == Reason.BOOKING_ID_MISMATCH and self._asked(case) is Calendar.ONE_BOOKING:
            reading = self.do(lambda connection: rows.read(connection, case.request, as_of=case.as_of))
            if reading is not None:
                return Settlement(result=one_booking(reading, at=self._rt.now()), action=Action.NONE)
        return self.review(case)

    def review(self, case: Case) -> Settlement:
        """Put a case before a person."""

        def tell(connection: Connection) -> None:
            reading = rows.read(connection, case.request, as_of=case.as_of)
            records.tell(
                connection,
                records.CONTRADICTION,
                case.request,
                case.result,
                company_id=case.request.company_id if reading is None else reading.company_id,
                run_id=case.run_id,
                actor=self._actor,
                now=self._rt.now(),
            )

        self.do(tell)
        return Settlement(result=case.result, action=Action.SENT_TO_REVIEW)

    def do(self, work: Callable[[Connection], _T]) -> _T:
        """One transaction; repeated while the caller, who is on the telephone, can wait."""
        return repeated(self._rt.engine, work, within_seconds=_PATIENCE_SECONDS)

    def _warrant(self) -> Warrant:
        """Whatever the guard changes, it changes by itself."""
        source = self._rt.source
        return Warrant(authority=Authority.AUTOMATIC, source=source, dry_run=source.dry_run, takes_fresh_rows=True)

    def _kept_out(self, case: Case, closed: GateClosed) -> Settlement:
        """A switch holds everything; whatever else closes the gate makes it a person's question."""
        logger.warning("nothing changed call=%d why=%s", case.request.call_id, closed)
        if closed.reason in {Stop.SWITCHED_OFF, Stop.DRY_RUN}:
            return Settlement(result=case.result, action=Action.WOULD_ACT)
        return self.review(case)

    def _absent(self, case: Case) -> Settlement:
        asked = self._asked(case)
        now = self._rt.now()
        reading, found = self.do(
            lambda connection: (
                rows.read(connection, case.request, as_of=case.as_of),
                rows.evidence(connection, case.request),
            )
        )
        result = judge(case.request, reading, at=now, max_age_seconds=case.max_age_seconds)
        if result.verdict is not Verdict.ABSENT:
            # It has appeared since: a replica was read, or a transaction had not ended.
            return self.settle(case.now_said(result))
        calendar = found.calendar if asked is None else asked
        if found.appointment_rows or calendar in _BOOKED or _only_caller_knows(case.request, calendar):
            why = "appointment_elsewhere" if found.appointment_rows else f"calendar_{calendar.value}"
            return self.review(case.now_said(_contradicted_by(result, why, stands=calendar in _BOOKED)))
        if calendar in _UNKNOWN:
            return self.later(case.now_said(unverifiable(case.request, at=now, cause=f"calendar_{calendar.value}")))
        warrant = self._warrant()
        try:
            changed = self.do(
                lambda connection: records.roll_back(
                    connection,
                    case.request,
                    result,
                    run_id=case.run_id,
                    actor=self._actor,
                    now=now,
                    warrant=warrant,
                )
            )
        except GateClosed as closed:
            return self._kept_out(case.now_said(result), closed)
        except DatabaseRefused as refused:
            # A trigger of somebody else, or a constraint: what it says may quote the row.
            logger.warning("call not taken back call=%d cause=%s", case.request.call_id, type(refused).__name__)
            return self.review(case.now_said(result))
        if changed:
            return Settlement(result=surely_absent(result), action=Action.ROLLED_BACK, run_id=case.run_id)
        return self._left_alone(case, now)

    def _left_alone(self, case: Case, now: datetime) -> Settlement:
        """Somebody was first, or an appointment has appeared since the last look."""
        reading = self.do(lambda connection: rows.read(connection, case.request, as_of=case.as_of))
        result = judge(case.request, reading, at=now, max_age_seconds=case.max_age_seconds)
        if result.verdict is Verdict.ABSENT:
            return Settlement(result=surely_absent(result), action=Action.NONE)
        return self.settle(case.now_said(result))

    def _asked(self, case: Case) -> Calendar | None:
        if self._ask_calendar is None:
            return None
        reading = self.do(lambda connection: rows.read(connection, case.request))
        if reading is None:
            return Calendar.SILENT
        question = Question(
            company_id=reading.company_id,
            booking_id=case.request.external_booking_id,
            retell_call_id=reading.retell_call_id,
            announced_at=case.request.announced_at or case.as_of,
            received_at=case.as_of or self._rt.now(),
            call_id=reading.call_id,
            row_ids=reading.calendar_ids,
        )
        try:
            return self._ask_calendar(question)
        except Exception as error:  # whatever a client of somebody else's service may raise
            logger.warning("calendar silent call=%d cause=%s", case.request.call_id, type(error).__name__)
            return Calendar.SILENT

    def _flags(self, case: Case) -> Settlement:
        # Imported where needed: parsing conditions costs a third of a second, which a confirmed booking does not pay.
        from data_consistency.correct import applying

        suite = self._rt.suites()["calls"]
        rule = next(rule for rule in suite.rules if rule.id == _FLAG_RULE)
        now = self._rt.now()
        order = applying.Order(
            suite=suite, rule=rule, run_id=case.run_id, actor=self._actor, now=now, warrant=self._warrant()
        )

        def repair(connection: Connection) -> BookingReading | None:
            applying.apply(connection, order, [case.request.call_id])
            reading = rows.read(connection, case.request, as_of=case.as_of)
            events.seal(connection, run_id=case.run_id, state="succeeded", now=now, actor=self._actor)
            return reading

        try:
            reading = self.do(repair)
        except GateClosed as closed:
            return self._kept_out(case, closed)
        again = judge(case.request, reading, at=now, max_age_seconds=case.max_age_seconds)
        if again.success:
            return Settlement(result=again, action=Action.REPAIRED, run_id=case.run_id)
        return self.review(case.now_said(again))

    def later(self, case: Case) -> Settlement:
        """Have a case looked at again."""
        now = self._rt.now()
        self.do(
            lambda connection: rows.put_recheck(
                connection,
                case.request,
                requested_at=case.as_of or now,
                due_at=now + WAITS[0],
                cause=str(case.result.details.get("cause", case.result.reason)),
                now=now,
            )
        )
        return Settlement(result=case.result, action=Action.QUEUED)


def _only_caller_knows(request: BookingRequest, calendar: Calendar) -> bool:
    """The caller holds a booking's id, and nobody can ask the calendar whether it is one."""
    return calendar is Calendar.NONE and request.external_booking_id is not None


def _contradicted_by(result: ValidationResult, why: str, *, stands: bool) -> ValidationResult:
    return replace(
        result,
        verdict=Verdict.CONTRADICTED,
        details={**result.details, "contradicted_by": why},
        booking_stands=stands or NOBODY_KNOWS,
        tell=Tell.BOOKED if stands else Tell.BEING_CHECKED,
    )
