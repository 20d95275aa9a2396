"""The process that serves: one guard, one application, one server."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

import uvicorn

from data_consistency.booking.guard import BookingGuard, Mode
from data_consistency.booking.opening import open_guard
from data_consistency.breaker import records
from data_consistency.breaker.breakers import Breakers
from data_consistency.db.engine import make_engine, make_quick_engine
from data_consistency.errors import ConfigurationError, DataConsistencyError
from data_consistency.logs import also_to_terminal, logger_of
from data_consistency.runtime import Runtime
from data_consistency.web import arrival
from data_consistency.web.app import create_app
from data_consistency.web.hints import HintKeys, HintRoom

logger = logger_of(__name__)

_KEEP_ALIVE_SECONDS = 75
# To wait for a connection to the database, and for each answer: a caller is on the telephone.
_PATIENCE_SECONDS = 4.0
# Connections by which hints are noted: one statement each.
_HINT_CONNECTIONS = 8
# Works beside the service while it is entered; gives what is called when a hint has come in.
Beside = Callable[[Runtime, BookingGuard, Breakers], AbstractContextManager[Callable[[], None]]]


def serve(
    rt: Runtime,
    *,
    host: str,
    port: int,
    enforce: bool,
    services: Sequence[str] = ("calcom",),
    breaker_settings: Mapping[str, float | None] | None = None,
    hint_keys: HintKeys | None = None,
    beside: Beside | None = None,
) -> None:
    """Serve until a signal comes; requests under way are finished.

    Args:
        rt: settings and database.
        host: to listen on.
        port: 0: a free one.
        enforce: act on verdicts.
        services: that companies may ask for a breaker of.
        breaker_settings: given to these services, for all companies that have none of their own.
        hint_keys: what providers sign with; None: no hint is taken.
        beside: works beside it; None: nobody does.

    Raises:
        ConfigurationError: the address cannot be listened on, or settings do not go together.
        DatabaseUnavailable: settings were named, and cannot be stored.
    """
    with _patient(rt) as quick:
        if breaker_settings:
            _give_settings(quick, services, breaker_settings)
        _serve(quick, _listen(host, port), enforce=enforce, services=services, keys=hint_keys, beside=beside)


@contextmanager
def _patient(rt: Runtime) -> Iterator[Runtime]:
    """The runtime with an engine that waits for nothing longer than a caller would."""
    engine = make_engine(rt.engine.url, rt.project, zone=rt.source.timezone, patience_seconds=_PATIENCE_SECONDS)
    try:
        yield replace(rt, engine=engine)
    finally:
        engine.dispose()


def _serve(
    rt: Runtime,
    listener: socket.socket,
    *,
    enforce: bool,
    services: Sequence[str],
    keys: HintKeys | None,
    beside: Beside | None,
) -> None:
    also_to_terminal()
    for number in (signal.SIGTERM, signal.SIGINT):
        # The server raises the signal that stopped it once more when it is done: then, as before it began, leave well.
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    mode = Mode.ENFORCE if enforce else Mode.SHADOW
    with listener, ExitStack() as stack:
        guard, breakers = stack.enter_context(open_guard(rt, mode=mode, actor="booking service"))
        news = stack.enter_context(beside(rt, guard, breakers)) if beside is not None else None
        quick = make_quick_engine(
            rt.engine.url, rt.project, zone=ZoneInfo("UTC"), patience_seconds=_PATIENCE_SECONDS, most=_HINT_CONNECTIONS
        )
        stack.callback(quick.dispose)
        room = HintRoom(engine=quick, keys=keys or HintKeys(), accepted=news or (lambda: None))
        config = uvicorn.Config(
            create_app(rt, guard, breakers, services=services, hints=room),
            log_config=None,
            access_log=False,  # paths and addresses are nobody's business; metrics count
            server_header=False,
            http=arrival.protocol(),
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=10,
        )
        repairs = enforce and not guard.held_by
        threading.Thread(target=_make_ready, args=(rt, guard), kwargs={"repairs": repairs}, daemon=True).start()
        address, bound = listener.getsockname()[:2]
        held = f", held by {guard.held_by}" if enforce and guard.held_by else ""
        print(f"booking guard ({mode.value}{held}) on http://{address}:{bound}", flush=True)  # noqa: T201  # to a person
        uvicorn.Server(config).run(sockets=[listener])


def _give_settings(rt: Runtime, services: Sequence[str], words: Mapping[str, float | None]) -> None:
    """Store them, so that the reconciliation, and every other process, holds to the same."""
    with rt.transaction() as connection:
        for service in services:
            records.give_settings(
                connection, service, words, reason="named when the service began", actor="booking service", new=True
            )


def _make_ready(rt: Runtime, guard: BookingGuard, *, repairs: bool) -> None:
    """What first callers would wait for, once the server listens; connections first: every look needs one."""
    try:
        guard.connect()
    except DataConsistencyError as error:
        logger.warning("no connection made ahead cause=%s", type(error).__name__)
    if repairs:
        _read_rules(rt)


def _read_rules(rt: Runtime) -> None:
    """Proving that the corrections agree takes seconds where it was not done before."""
    try:
        rt.suites()
    except DataConsistencyError as error:
        logger.warning("rules cannot be read, nothing will be repaired cause=%s", type(error).__name__)


def _listen(host: str, port: int) -> socket.socket:
    if not host.strip():
        raise ConfigurationError("--host: name the address to listen on; 0.0.0.0 is every one")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError, TypeError, ValueError) as error:
        raise ConfigurationError(f"cannot listen on {host} port {port} ({error}); choose another --port") from error
