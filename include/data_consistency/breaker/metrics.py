"""Measured calls: kept in memory, written in batches by a thread, never in the way of a call."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from types import TracebackType

from data_consistency.breaker.forks import begin_anew_in_children
from data_consistency.errors import DataConsistencyError
from data_consistency.logs import logger_of

logger = logger_of(__name__)


# Key, status (success, failure, rejected), state, seconds or None, monotonic time: a plain tuple, made for every call.
Call = tuple[str, str, str, float | None, float]


class CallLog:
    """A bounded buffer of calls. What finds no room, or cannot be written at the end, is dropped and counted."""

    _writer: threading.Thread | None
    _closed: bool

    def __init__(
        self,
        write: Callable[[Sequence[Call]], None],
        *,
        capacity: int = 10_000,
        batch: int = 500,
        interval_seconds: float = 5.0,
    ) -> None:
        self._write = write
        self._capacity = capacity
        self._batch = batch
        self._interval = interval_seconds
        self.dropped = 0
        self._begin()
        begin_anew_in_children(self)

    def __enter__(self) -> "CallLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Call) -> None:
        """Keep a call; costs no I/O, waits for nobody and never raises."""
        calls = self._calls
        kept = len(calls)
        if kept >= self._capacity:
            self.dropped += 1
            return
        calls.append(call)
        if self._writer is None:
            self._start()
        if kept >= self._batch:
            self._wake.set()

    def flush(self) -> bool:
        """Write what is there, oldest first; False when the database does not take it, which is kept."""
        with self._writing:
            while self._calls:
                batch = list(islice(self._calls, self._batch))
                try:
                    self._write(batch)
                except DataConsistencyError as error:
                    logger.warning("breaker metrics wait calls=%d: %s", len(self._calls), error)
                    return False
                for _ in batch:
                    self._calls.popleft()
        return True

    def close(self) -> None:
        """Write what is left and stop; what cannot be written is dropped and counted.

        Calls after it are kept unwritten.
        """
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
        self._stop.set()
        self._wake.set()
        if writer is not None:
            writer.join()
        if not self.flush():
            self.dropped += len(self._calls)
            self._calls.clear()
        if self.dropped:
            logger.warning("breaker metrics dropped calls=%d", self.dropped)

    def after_fork(self) -> None:
        """Leave the parent's calls to the parent."""
        self.dropped = 0
        self._begin()

    def _begin(self) -> None:
        self._calls: deque[Call] = deque()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._writer = None
        self._closed = False

    def _start(self) -> None:
        with self._lock:
            if self._writer is None and not self._closed:
                # A daemon: a database that hangs must not keep the process from ending.
                self._writer = threading.Thread(target=self._run, name="breaker-metrics", daemon=True)
                self._writer.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._interval)
            self._wake.clear()
            if not self._stop.is_set() and not self.flush():
                # Also when the buffer is full: a database that is away is not asked all the time.
                self._stop.wait(self._interval)


def as_row(call: Call, company_id: int | None, now: float) -> dict[str, object]:
    """A call as the statement takes it; its age instead of a time of ours."""
    key, status, state, seconds, at = call
    return {
        "service": key,
        "company_id": company_id,
        "status": status,
        "state": state,
        "duration_ms": None if seconds is None else round(min(seconds, 9e4) * 1000, 2),
        "age_us": max(0, round((now - at) * 1e6)),
    }
