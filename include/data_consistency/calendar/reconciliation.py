"""Reconciliation with Cal.com: read the calendars of all connected companies into the mirror, and say what is missing.

Nothing is written to the calendar. What cannot be read completely is told and opens an incident; it is never taken for
an empty calendar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.engine import Connection

from data_consistency.breaker.breakers import Breakers
from data_consistency.calendar import mirror
from data_consistency.calendar.calcom.accounts import Account, load_accounts
from data_consistency.calendar.mirror import Kind, Reading
from data_consistency.calendar.port import ConnectedCalendar, open_calendar
from data_consistency.calendar.readings import CompanyReader, Outcome, Stopped, Tally
from data_consistency.detect.evidence import HORIZON_HOLDS
from data_consistency.errors import ConfigurationError, WrongUse
from data_consistency.ledger import incidents
from data_consistency.logs import logger_of
from data_consistency.rules import CALCOM
from data_consistency.runtime import Runtime

logger = logger_of(__name__)

MIRROR = "consistency_calcom_bookings"
NOTHING = "no Cal.com source is configured"
_RULE = "calcom_reading:company:"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyReading:
    """What became of one company's calendar: counts and words, nothing about people."""

    company_id: int
    outcome: Outcome
    reason: str | None = None
    windows: int = 0
    bookings: int = 0
    looked_up: int = 0
    lost: int = 0
    unreadable: int = 0  # bookings that are set aside

    @property
    def is_fault(self) -> bool:
        """Whether somebody should look; a reading that goes on in the next run is none."""
        return self.outcome is Outcome.NOT_EVALUATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What all companies' readings together mean."""

    is_reported: bool  # every calendar has been read: rules that need them are judged for all companies
    has_horizon: bool  # a whole horizon was completed in this run: what is absent shows without any row having changed

    @property
    def check(self) -> str:
        """The kind of check that finds what this run has brought."""
        return "full" if self.has_horizon else "changed"


def connected(rt: Runtime, environ: Mapping[str, str] | None = None) -> tuple[ConnectedCalendar, ...]:
    """The companies whose calendars are connected.

    Raises:
        ConfigurationError: a calendar is connected wrongly, or to a company that does not exist.
    """
    accounts = load_accounts(environ)
    if not accounts:
        return ()
    with rt.transaction() as connection:
        there = mirror.companies(connection)
    return tuple(ConnectedCalendar(company_id=_company(account, there), account=account) for account in accounts)


def _company(account: Account, there: Sequence[int]) -> int:
    company = account.company_id
    if company is None:
        if len(there) != 1:
            raise ConfigurationError(
                f"CONSISTENCY_CALCOM_KEY: there are {len(there)} companies; say whose key it is in"
                " CONSISTENCY_CALCOM_COMPANY, or name a key for each in CONSISTENCY_CALCOM_COMPANIES"
            )
        return there[0]
    if company not in there:
        raise ConfigurationError(f"Cal.com is connected for company {company}, which does not exist; correct its id")
    return company


def read_company(
    rt: Runtime, source: ConnectedCalendar, *, run_id: str, breakers: Breakers, horizon: bool = False
) -> CompanyReading:
    """Read one company's calendar into the mirror; what keeps it from being complete becomes an incident.

    Args:
        rt: the runtime.
        source: whose calendar.
        run_id: of a run begun before.
        breakers: of this process.
        horizon: read the whole horizon, also if it was read within the last day.

    Raises:
        DatabaseUnavailable: repeat the run.
    """
    tally, outcome, reason = Tally(), Outcome.COMPLETE, None
    with mirror.only_reader(rt.engine, source.company_id) as is_ours:
        if not is_ours:
            outcome, reason = Outcome.BUSY, "another run reads it now"
        else:
            with open_calendar(rt, source, breakers) as calendar:
                reader = CompanyReader(rt, source, calendar, run_id=run_id)
                try:
                    reader.read(horizon=horizon)
                except Stopped as stopped:
                    outcome, reason = stopped.outcome, stopped.reason
                tally = reader.tally
    _note(rt, source.company_id, outcome, reason, run_id)
    logger.info(
        "calendar company=%d outcome=%s windows=%d bookings=%d looked_up=%d lost=%d unreadable=%d run=%s reason=%s",
        source.company_id, outcome, tally.windows, tally.bookings, tally.looked_up, tally.lost, tally.unreadable,
        run_id, reason,
    )  # fmt: skip
    return CompanyReading(
        company_id=source.company_id,
        outcome=outcome,
        reason=reason,
        windows=tally.windows,
        bookings=tally.bookings,
        looked_up=tally.looked_up,
        lost=tally.lost,
        unreadable=tally.unreadable,
    )


def _note(rt: Runtime, company: int, outcome: Outcome, reason: str | None, run_id: str) -> None:
    rule, now = f"{_RULE}{company}", rt.now()
    if outcome is Outcome.COMPLETE:
        rt.repeated(
            partial(incidents.close_of, kind=incidents.NOT_EVALUATED, rule=rule, table=MIRROR, run_id=run_id, now=now)
        )
    elif outcome is Outcome.NOT_EVALUATED:
        rt.repeated(
            partial(
                incidents.open_incident,
                kind=incidents.NOT_EVALUATED,
                rule=rule,
                table=MIRROR,
                found=0,
                cap=0,
                detail=reason or "",
                run_id=run_id,
                now=now,
                company_id=company,
            )
        )


def disconnect(rt: Runtime, company: int, *, run_id: str) -> None:
    """Forget a company's calendar: what needs it is judged no more, and its silence is no alarm.

    Raises:
        WrongUse: nobody ever read it, or somebody reads it now.
    """
    now = rt.now()

    def forget(connection: Connection) -> None:
        if not mirror.disconnect(connection, company):
            raise WrongUse(f"company {company}: its calendar was never read; there is nothing to forget")
        incidents.close_of(
            connection,
            kind=incidents.NOT_EVALUATED,
            rule=f"{_RULE}{company}",
            table=MIRROR,
            run_id=run_id,
            now=now,
        )

    with mirror.only_reader(rt.engine, company) as is_ours:
        if not is_ours:
            raise WrongUse(f"company {company}: its calendar is being read now; repeat when that has ended")
        rt.repeated(forget)
    logger.info("calendar disconnected company=%d run=%s", company, run_id)


def conclude(rt: Runtime, companies: Sequence[int], *, run_id: str) -> Conclusion:
    """Report for the source `calcom`, if the calendar of any company has been read.

    The report is as old as the newest reading; what needs the calendar of a company whose own reading is older is not
    judged for that company (`detect.evidence`).
    """

    def beat(connection: Connection) -> tuple[list[Mapping[Kind, Reading]], list[datetime | None]]:
        readings = [mirror.known_readings(connection, company) for company in companies]
        seen = [_seen_at(of_company, rt) for of_company in readings]
        newest = max((at for at in seen if at is not None), default=None)
        if newest is not None:
            mirror.beat_source(connection, seen_at=newest, run_id=run_id)
        return readings, seen

    readings, seen = rt.repeated(beat)
    horizons = [of_company.get(Kind.HORIZON) for of_company in readings]
    return Conclusion(
        is_reported=bool(seen) and None not in seen,
        has_horizon=any(one is not None and one.is_complete and one.run_id == run_id for one in horizons),
    )


def _seen_at(readings: Mapping[Kind, Reading], rt: Runtime) -> datetime | None:
    """When all that changed in a calendar had been read; None: its first reading or its horizon lacks."""
    changes, horizon = readings.get(Kind.CHANGES), readings.get(Kind.HORIZON)
    if changes is None or horizon is None or horizon.completed_at is None:
        return None
    return None if rt.now() - horizon.completed_at > HORIZON_HOLDS else changes.completed_at


def tables_of_calendar(rt: Runtime) -> tuple[str, ...]:
    """The tables with rules that need the calendar."""
    return tuple(table for table, suite in rt.suites().items() if any(rule.needs == CALCOM for rule in suite.rules))
