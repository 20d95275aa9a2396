"""Log lines: one event each, and the watched database that it is about."""

import fcntl
import logging
import os
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_consistency import sources

# Of a log file, before the next one is begun; and how many older ones are kept.
_MAX_BYTES = 20_000_000
_KEPT = 5

if TYPE_CHECKING:
    _Adapter = logging.LoggerAdapter[logging.Logger]
else:
    _Adapter = logging.LoggerAdapter


class _OfSource(_Adapter):
    """Ends every line with the name of the source whose work this is."""

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """The line with the name behind it; a percent sign in it would be taken for a place of an argument."""
        return f"{msg} source={sources.current.get()}", kwargs


def logger_of(name: str) -> _Adapter:
    """The logger of a module of ours."""
    return _OfSource(logging.getLogger(name))


def also_to_terminal() -> None:
    """Warnings go to stderr too: that is where whoever runs a service looks."""
    if logging.lastResort is not None:
        logging.getLogger().addHandler(logging.lastResort)


class LogFile(logging.FileHandler):
    """Appends to a file that it makes, with its folder, for the first line; a full one makes room for a new one.

    A line that cannot be written is left out, and the first one said once: a full disk never stops the work. The next
    line tries again. Several processes write the same file: one of them moves it on, the others follow. So they do
    where somebody else moves it.
    """

    trouble: BaseException | None = None  # of the last line

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES, kept: int = _KEPT) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self._has_told = False
        self._path = path
        self._max_bytes = max_bytes
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if it can be."""
        self.trouble = None
        try:
            self._follow()
            super().emit(record)
        except OSError:
            self.handleError(record)

    def _follow(self) -> None:
        """Move a full file on, and let go of one that was moved."""
        if self.stream is None:
            return
        if os.fstat(self.stream.fileno()).st_size >= self._max_bytes:
            self._move_on(self.stream)
        if not self._is_there(self.stream):
            stream, self.stream = self.stream, None  # opened anew by the line
            stream.close()

    def _is_there(self, stream: TextIOWrapper) -> bool:
        """Whether what we write to is still the file of that name."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(stream.fileno()))
        except FileNotFoundError:
            return False

    def _move_on(self, stream: TextIOWrapper) -> None:
        """Name the file like an older one, unless another process has just done so, or does now."""
        # The lock ends with the file that holds it, also where its process is killed.
        with self._path.with_name(f"{self._path.name}.lock").open("a", encoding="utf-8") as holder:
            try:
                fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if not self._is_there(stream):
                return
            for number in range(self._kept, 0, -1):
                older = self._path if number == 1 else self._path.with_name(f"{self._path.name}.{number - 1}")
                with suppress(FileNotFoundError):
                    older.replace(self._path.with_name(f"{self._path.name}.{number}"))

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        """Leave the line out."""
        self.trouble = sys.exc_info()[1]
        stream, self.stream = self.stream, None  # opened again by the next line
        if stream is not None:
            with suppress(OSError):  # what it still held is lost with the line
                stream.close()
        if not self._has_told:
            self._has_told = True
            reason = getattr(self.trouble, "strerror", None) or type(self.trouble).__name__
            with suppress(OSError, ValueError):
                print(f"{self.baseFilename}: no log can be written ({reason}); work goes on", file=sys.stderr)  # noqa: T201
