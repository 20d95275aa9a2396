"""Log lines: one event each, and the watched database that it is about."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_consistency import sources

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
    """Appends to a file that it makes, with its folder, for the first line.

    A line that cannot be written is left out, and the first one said once: a full disk never stops the work. The next
    line tries again.
    """

    trouble: BaseException | None = None  # of the last line

    def __init__(self, path: Path) -> None:
        super().__init__(path, encoding="utf-8", errors="backslashreplace", delay=True)
        self._has_told = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, if it can be."""
        self.trouble = None
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)

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
