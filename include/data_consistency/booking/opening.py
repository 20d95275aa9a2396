"""A booking guard with all that it needs: circuit breakers, and the calendars that are connected."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.settlement import AskCalendar
from data_consistency.breaker.breakers import Breakers
from data_consistency.runtime import Runtime

_CONNECTED_BY = ("CONSISTENCY_CALCOM_KEY", "CONSISTENCY_CALCOM_COMPANIES")


@contextmanager
def open_guard(
    rt: Runtime, *, mode: Mode, actor: str, environ: Mapping[str, str] | None = None
) -> Iterator[tuple[BookingGuard, Breakers]]:
    """A guard and the breakers that it shares with others of this process.

    Args:
        rt: settings and database.
        mode: how far it may go.
        actor: who is named in the audit.
        environ: says which calendars are connected; None: the process's own.

    Raises:
        ConfigurationError: a calendar is connected wrongly; names variable or field.
    """
    env = os.environ if environ is None else environ
    with (
        Breakers(rt.engine.url, rt.project) as breakers,
        _calendar(breakers, env) as ask,
        _guard(rt, mode, actor, ask) as guard,
    ):
        yield guard, breakers


def _guard(rt: Runtime, mode: Mode, actor: str, ask: AskCalendar | None) -> BookingGuard:
    return BookingGuard(rt, mode=mode, ask_calendar=ask, actor=actor)


@contextmanager
def _calendar(breakers: Breakers, env: Mapping[str, str]) -> Iterator[AskCalendar | None]:
    if not any(env.get(name, "").strip() for name in _CONNECTED_BY):
        yield None
        return
    # Imported where needed: the client's libraries cost a tenth of a second, which a process without one does not pay.
    from data_consistency.booking.lookup import CalcomCalendar
    from data_consistency.calendar.calcom.accounts import load_accounts

    calendar = CalcomCalendar(load_accounts(env), breakers)
    try:
        yield calendar.ask
    finally:
        calendar.close()
