"""Where the pace of a key is kept: in this process, or in a file for all processes of the machine."""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(slots=True, kw_only=True)
class PaceState:
    """What was sent lately with one key. Times are seconds of the epoch."""

    sent: dict[str, list[float]] = field(default_factory=dict)  # in the last minute, by whose share it was
    paused_until: float = 0.0
    day: str = ""
    sent_today: dict[str, int] = field(default_factory=dict)


class PaceStore(Protocol):
    """Keeps the state of one key."""

    def locked(self) -> AbstractContextManager[PaceState]:
        """The state, for one worker at a time; what is changed within is kept."""


class MemoryPace:
    """The state in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = PaceState()

    @contextmanager
    def locked(self) -> Iterator[PaceState]:
        """The state, for one worker at a time."""
        with self._lock:
            yield self._state


class FilePace:
    """The state in a file: one a key, named by a hash of it. A damaged file is begun anew."""

    def __init__(self, folder: Path, *, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"calcom-pace-{_name(key)}.json"

    @contextmanager
    def locked(self) -> Iterator[PaceState]:
        """The state, for one worker of this machine at a time."""
        number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "r+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            state = _load(file.read())
            try:
                yield state
            finally:
                file.seek(0)
                file.truncate()
                json.dump(asdict(state), file)


_in_this_process: dict[str, MemoryPace] = {}
_lock = threading.Lock()


def shared_pace(key: str) -> MemoryPace:
    """The one state of a key in this process."""
    with _lock:
        return _in_this_process.setdefault(_name(key), MemoryPace())


def _load(text: str) -> PaceState:
    try:
        kept = json.loads(text)
        return PaceState(
            sent={str(share): [float(at) for at in times] for share, times in kept["sent"].items()},
            paused_until=float(kept["paused_until"]),
            day=str(kept["day"]),
            sent_today={str(share): int(count) for share, count in kept["sent_today"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return PaceState()


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
