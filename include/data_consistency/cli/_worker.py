"""What works beside the booking service, in threads of its process that begin once it listens."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from data_consistency import config
from data_consistency.booking.guard import BookingGuard
from data_consistency.breaker.breakers import Breakers
from data_consistency.runtime import Runtime

if TYPE_CHECKING:
    from data_consistency.web.hints import HintKeys

_SECONDS_TO_END = 5.0
# The service answers first: what the worker imports would keep its first callers waiting.
_SECONDS_TO_BEGIN = 1.0
_RETELL = "CONSISTENCY_RETELL_HINT_KEY"
_CALCOM = ("CONSISTENCY_CALCOM_KEY", "CONSISTENCY_CALCOM_COMPANIES")


def hint_keys(environ: Mapping[str, str]) -> "HintKeys":
    """What providers sign with, as the environment says it.

    Raises:
        ConfigurationError: a secret is none; names the variable, or file, entry and field.
    """
    from data_consistency.web.hints import HintKeys

    retell = config.secrets(environ, _RETELL)
    if not any(environ.get(name, "").strip() for name in _CALCOM):
        return HintKeys(retell=retell)
    from data_consistency.calendar.calcom.accounts import load_accounts

    return HintKeys(
        calcom={account.company_id: account.hint_secrets for account in load_accounts(environ)}, retell=retell
    )


@contextmanager
def working(rt: Runtime, guard: BookingGuard, breakers: Breakers) -> Iterator[Callable[[], None]]:
    """A worker that is told to stop at the end; what is yielded tells it that a hint has come in.

    One that is in the midst of something is not waited for long: what it holds is leased, and its lease ends.
    """
    stop, news = threading.Event(), threading.Event()

    def run() -> None:
        if stop.wait(_SECONDS_TO_BEGIN):
            return
        from data_consistency.pipeline.worker import Signals, work

        work(rt, guard, breakers, Signals(stop=stop, news=news))

    thread = threading.Thread(target=run, name="worker", daemon=True)
    thread.start()
    try:
        yield news.set
    finally:
        stop.set()
        news.set()
        thread.join(_SECONDS_TO_END)


@contextmanager
def nobody(_rt: Runtime, _guard: BookingGuard, _breakers: Breakers) -> Iterator[Callable[[], None]]:
    """No worker: hints are noted, and another service or the scheduler's runs see to them."""
    yield lambda: None
