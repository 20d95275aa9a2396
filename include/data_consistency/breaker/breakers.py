"""All breakers of a process: one quick engine, one log of calls, one gate a key."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Engine

from data_consistency.breaker import records
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.breaker.forks import begin_anew_in_children
from data_consistency.breaker.metrics import Call, CallLog, as_row
from data_consistency.breaker.policy import BreakerSettings, Use, company_of, key_of
from data_consistency.breaker.store import BreakerStore, register
from data_consistency.db.engine import make_quick_engine
from data_consistency.db.marker import require_marker
from data_consistency.db.transactions import translated
from data_consistency.project import Project

_UTC = ZoneInfo("UTC")  # of its own tables, the only ones that it asks


class Breakers:
    """The breakers of a process; close it, or use it as a context, so that the last measured calls are written."""

    def __init__(
        self, url: str | URL, project: Project, *, patience_seconds: float = 2.0, interval_seconds: float = 5.0
    ) -> None:
        self.engine: Engine = make_quick_engine(url, project, zone=_UTC, patience_seconds=patience_seconds)
        self.log = CallLog(self._write, interval_seconds=interval_seconds)
        self._registered: set[str] = set()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._lock = threading.Lock()
        begin_anew_in_children(self)

    def __enter__(self) -> "Breakers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def of(
        self, service: str, company_id: int | None = None, settings: BreakerSettings | None = None
    ) -> CircuitBreaker:
        """The breaker of a company's service; the settings of the first who asks hold in this process.

        What operators gave to the company or the service goes before them. Reads and writes are counted apart.

        Raises:
            WrongUse: service and company make no key.
        """
        key = key_of(service, company_id)
        with self._lock:
            if key not in self._breakers:
                chosen = settings or BreakerSettings()
                writes = self._made(key_of(service, company_id, Use.WRITE), chosen, is_of_writes=True)
                self._breakers[key] = self._made(key, chosen, writes=writes)
            return self._breakers[key]

    def _made(
        self, key: str, settings: BreakerSettings, *, writes: CircuitBreaker | None = None, is_of_writes: bool = False
    ) -> CircuitBreaker:
        store = BreakerStore(self.engine, key, settings)
        return CircuitBreaker(store, key=key, settings=settings, log=self.log, writes=writes, is_of_writes=is_of_writes)

    def close(self) -> None:
        """Write the last calls and close the connections."""
        self.log.close()
        self.engine.dispose()

    def after_fork(self) -> None:
        """The parent's connections are the parent's."""
        self._lock = threading.Lock()
        self.engine.dispose(close=False)

    def _write(self, calls: Sequence[Call]) -> None:
        """Store a batch; a key that was never seen gets its row, so that operators can find it."""
        now = time.monotonic()
        rows = [as_row(call, company_of(call[0]), now) for call in calls]
        with translated(), self.engine.connect() as connection:
            require_marker(connection)
            for key in {call[0] for call in calls} - self._registered:
                register(connection, key)
                self._registered.add(key)
            records.write_calls(connection, rows)
