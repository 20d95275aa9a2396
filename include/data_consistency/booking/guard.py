"""The booking guard: look at what a call has just announced, and do what the verdict asks for.

Validation reads, in one statement on a connection that waits for nobody long. Nothing is taken back unless the rows
*and* the calendar were asked and both have nothing.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from types import TracebackType

from sqlalchemy import Engine

from data_consistency.booking import announcements, rows
from data_consistency.booking.judging import MAX_AGE_SECONDS, judge, unverifiable
from data_consistency.booking.request import BookingRequest, plausible
from data_consistency.booking.settlement import WAITS, Action, AskCalendar, Case, Settlement, Settler
from data_consistency.booking.verdict import BookingReading, Reason, ValidationResult, Verdict
from data_consistency.db.engine import make_engine, make_quick_engine
from data_consistency.db.transactions import transaction, translated
from data_consistency.errors import DatabaseRefused, DatabaseUnavailable, SchemaNotReady
from data_consistency.ledger import switches
from data_consistency.logs import logger_of
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

PATIENCE_SECONDS = 2.0
_QUIET = frozenset({Action.NONE, Action.WOULD_ACT})
# Connections for looks. A new one costs more than eighty looks, so that who finds none free had better wait for one.
_READERS = 8
# Whatever keeps the database from saying it, the caller hears that nobody knows.
_NO_ANSWER = (DatabaseUnavailable, DatabaseRefused, SchemaNotReady)


class Mode(StrEnum):
    """How far the guard may go."""

    ENFORCE = "enforce"
    SHADOW = "shadow"  # judge and tell, change nothing


class BookingGuard:
    """Validation of bookings just announced; thread-safe, made once a process."""

    def __init__(
        self,
        rt: Runtime,
        *,
        mode: Mode = Mode.SHADOW,
        ask_calendar: AskCalendar | None = None,
        max_age_seconds: int = MAX_AGE_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        on_settled: Callable[[Settlement], None] | None = None,
        actor: str = "booking guard",
    ) -> None:
        self.mode = mode
        # Writes wait longer than the look, but for nobody for ever: the caller is on the telephone.
        engine = make_engine(rt.engine.url, rt.project, zone=rt.source.timezone, patience_seconds=2 * patience_seconds)
        self._rt = replace(rt, engine=engine)
        self._max_age_seconds = max_age_seconds
        self._on_settled = on_settled
        self._settler = Settler(self._rt, ask_calendar=ask_calendar, actor=actor)
        self._reader: Engine = make_quick_engine(
            rt.engine.url,
            rt.project,
            zone=rt.source.timezone,
            patience_seconds=patience_seconds,
            pool_size=_READERS,
            most=_READERS,
        )

    def __enter__(self) -> "BookingGuard":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._reader.dispose()
        self._rt.engine.dispose()

    def connect(self) -> None:
        """Make the connections for looks ahead, so that no caller waits for one to be made.

        Raises:
            DatabaseUnavailable: the database does not answer; looks will try again.
        """
        with translated(), ExitStack() as held:
            for _ in range(_READERS):
                held.enter_context(self._reader.connect())

    def validate_appointment_creation(
        self,
        call: object,
        appointment_id: int | None = None,
        external_booking_id: str | None = None,
        *,
        company_id: int | None = None,
        announced_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> ValidationResult:
        """Whether a call really made the appointment that was announced. Reads, never writes.

        Args:
            call: its id, or anything with an `id`; its flags are read anew, never taken from what is handed in.
            appointment_id: the one that was made; None: the newest that names the call.
            external_booking_id: number or uid of the calendar's booking, as text.
            company_id: whose call it must be; None: anybody's.
            announced_at: by the caller's clock, with its zone, else UTC; None: now.
            idempotency_key: of this announcement, of its company; a repeat is judged as of the first time.

        Raises:
            WrongUse: an id that cannot be one, or a key that was used for another announcement; names the field.
        """
        request = request_of(call, appointment_id, external_booking_id, company_id)
        return self.validate(replace(request, announced_at=announced_at, idempotency_key=idempotency_key))

    def validate(self, request: BookingRequest, *, as_of: datetime | None = None) -> ValidationResult:
        """The verdict on a request; a database that does not answer in time is *unknown*.

        Args:
            request: what is expected.
            as_of: when we were told of it, UTC, naive; None: now, by the server's clock.

        Raises:
            WrongUse: its key was used for another announcement.
        """
        return replace(self._validated(plausible(request, self._rt.now()), as_of), request=request)

    def _validated(self, request: BookingRequest, as_of: datetime | None) -> ValidationResult:
        try:
            reading = self._read(request, as_of)
        except _NO_ANSWER as error:
            logger.warning("booking not verifiable call=%d cause=%s", request.call_id, type(error).__name__)
            return unverifiable(request, at=self._rt.now(), cause="database_unavailable")
        if reading is not None:
            announcements.require_same(request, reading.known_digest)
        result = judge(request, reading, at=self._rt.now(), max_age_seconds=self._max_age_seconds)
        if not result.success:
            logger.warning("booking not confirmed call=%d reason=%s", request.call_id, result.reason)
        return result

    def settle(self, request: BookingRequest, result: ValidationResult, *, as_of: datetime | None = None) -> Settlement:
        """Do what a verdict asks for.

        Absent: taken back, if nothing else speaks for the booking. Flags differ: repaired, the booking stands.
        Contradicted: put before a person. Unknown: looked at again later. Each can be repeated; with the key of its
        announcement it gets the same answer, while the same is true.

        Raises:
            WrongUse: the key was used for another announcement; nothing was changed.
        """
        request = plausible(request, self._rt.now())
        if result.reason == Reason.CALL_NOT_FOUND:
            return Settlement(result=result, action=Action.NONE)
        case = self._case(request, result, f"booking-{uuid.uuid4().hex}", as_of)
        try:
            settlement = self._settled(case)
        except _NO_ANSWER as error:
            logger.warning("booking not settled call=%d cause=%s", request.call_id, type(error).__name__)
            stands = result.booking_stands is True
            unknown = unverifiable(request, at=self._rt.now(), cause="database_unavailable", stands=stands)
            return self._put_off(case.now_said(unknown))
        if settlement.action not in _QUIET:
            action, run_id = settlement.action, settlement.run_id
            logger.info("booking settled call=%d action=%s run=%s", request.call_id, action, run_id)
            if self._on_settled is not None:
                self._on_settled(settlement)
        return settlement

    def _settled(self, case: Case) -> Settlement:
        if case.request.idempotency_key is None:
            return self._act(case)
        return announcements.settled_once(case, self._act, do=self._settler.do, now=self._rt.now())

    def _act(self, case: Case) -> Settlement:
        if case.result.success or case.result.is_of_times_alone:
            return Settlement(result=case.result, action=Action.NONE)
        if not self._may_act():
            verdict, reason = case.result.verdict, case.result.reason
            logger.warning("would act call=%d verdict=%s reason=%s", case.request.call_id, verdict, reason)
            return Settlement(result=case.result, action=Action.WOULD_ACT)
        return self._settler.settle(case)

    def rollback_on_failure(
        self, call: object, result: ValidationResult, *, company_id: int | None = None
    ) -> Settlement:
        """Settle a validation that failed, given no more than the call and the result.

        Raises:
            WrongUse: an id that cannot be one, or a key that was used for another announcement; names the field.
        """
        return self.settle(_request_behind(call, result, company_id), result)

    def recheck_due(self, *, limit: int = 200) -> dict[str, int]:
        """Look again at what could not be verified; returns how many ended as what.

        In shadow, or while corrections are switched off, all of it goes on waiting.

        Raises:
            DatabaseUnavailable: what waits goes on waiting.
        """
        now = self._rt.now()
        with transaction(self._rt.engine) as connection:
            waiting = rows.due_rechecks(connection, now=now, limit=limit)
        return self._recheck_all(waiting, is_due=True)

    def recheck_hinted(
        self, company_id: int | None, *, calls: Collection[int], bookings: Collection[str] = (), limit: int = 200
    ) -> dict[str, int]:
        """Look now at what waits of some calls and bookings; returns how many ended as what.

        What still cannot be verified waits on as if nobody had looked: who sends many hints brings no question nearer.

        Args:
            company_id: whose they are; None: the calls' own.
            calls: ids.
            bookings: uids of the calendar.
            limit: of those that wait.

        Raises:
            DatabaseUnavailable: what waits goes on waiting.
        """
        if not calls and not bookings:
            return {}
        with transaction(self._rt.engine) as connection:
            waiting = rows.hinted_rechecks(connection, company_id, calls=calls, bookings=bookings, limit=limit)
        return self._recheck_all(waiting, is_due=False)

    def _recheck_all(self, waiting: Sequence[rows.Recheck], *, is_due: bool) -> dict[str, int]:
        if waiting and not self._may_act():
            return {"waiting": len(waiting)}
        return dict(Counter(self._recheck(item, is_due=is_due) for item in waiting))

    def _put_off(self, case: Case) -> Settlement:
        """After a transaction that is gone as a whole: somebody may only have held the row."""
        try:
            return self._settler.later(case)
        except _NO_ANSWER:
            # The five-minute check sees the same call, whatever happens here; but nobody has noted the announcement.
            return Settlement(result=case.result, action=Action.NOT_RECORDED)

    @property
    def held_by(self) -> str | None:
        """What in the settings keeps a guard that enforces from acting, in words; None: nothing does."""
        if not self._rt.source.corrections_enabled:
            return "corrections that are switched off"
        return "a dry run" if self._rt.source.dry_run else None

    def _may_act(self) -> bool:
        """Whether anything may be changed now: switches hold at once, in every process."""
        if self.mode is Mode.SHADOW or self.held_by is not None:
            return False
        with transaction(self._rt.engine) as connection:
            return switches.is_on(connection, switches.CORRECTIONS)

    def _read(self, request: BookingRequest, as_of: datetime | None) -> BookingReading | None:
        try:
            return self._read_once(request, as_of)
        except DatabaseUnavailable:
            # A connection that died in the pool says so only now; a second one tells whether the server did.
            return self._read_once(request, as_of)

    def _read_once(self, request: BookingRequest, as_of: datetime | None) -> BookingReading | None:
        with translated(), self._reader.connect() as connection:
            return rows.read(connection, request, as_of=as_of)

    def _case(self, request: BookingRequest, result: ValidationResult, run_id: str, as_of: datetime | None) -> Case:
        return Case(request=request, result=result, run_id=run_id, as_of=as_of, max_age_seconds=self._max_age_seconds)

    def _recheck(self, item: rows.Recheck, *, is_due: bool) -> str:
        """Look again at one, which nobody else does meanwhile."""
        with transaction(self._rt.engine) as connection:
            token = rows.lease_recheck(connection, item)
        if token is None:
            return "taken"
        now = self._rt.now()
        result = self.validate(item.request, as_of=item.requested_at)
        settlement = self.settle(item.request, result, as_of=item.requested_at)
        is_unknown = settlement.result.verdict is Verdict.UNKNOWN and result.reason != Reason.CALL_NOT_FOUND
        if settlement.action is Action.WOULD_ACT or (is_unknown and not is_due):
            # A switch was thrown meanwhile, or it was no look of its own.
            with transaction(self._rt.engine) as connection:
                rows.release_recheck(connection, item, token)
            return "waiting"
        is_last = item.attempts + 1 >= len(WAITS)
        status = "settled" if not is_unknown else "given_up" if is_last else "waiting"
        wait = WAITS[min(item.attempts + 1, len(WAITS) - 1)]
        with transaction(self._rt.engine) as connection:
            first = rows.settle_recheck(
                connection, item, status=status, cause=settlement.action.value, wait=wait, now=now
            )
        if first and status == "given_up":
            self._settler.review(self._case(item.request, settlement.result, f"recheck-{item.id}", item.requested_at))
        return status if first else "taken"


def request_of(
    call: object, appointment_id: int | None, external_booking_id: str | None, company_id: int | None
) -> BookingRequest:
    """A request from what callers hand in.

    Raises:
        WrongUse: an id that cannot be one; names the field.
    """
    return BookingRequest(
        call_id=getattr(call, "id", call),  # type: ignore[arg-type]  # a request looks at what it is given
        company_id=company_id,
        appointment_id=appointment_id,
        external_booking_id=external_booking_id,
    )


def _request_behind(call: object, result: ValidationResult, company_id: int | None) -> BookingRequest:
    """The request that was looked at; of a result that was made elsewhere, what it says of it."""
    known = result.request
    if known is not None and known.call_id == getattr(call, "id", call):
        return known if company_id is None else replace(known, company_id=company_id)
    expected, booked = result.details.get("expected_id"), result.details.get("expected_calcom_id")
    return request_of(
        call,
        expected if isinstance(expected, int) else None,
        booked if isinstance(booked, str) else None,
        company_id,
    )
