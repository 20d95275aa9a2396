"""How a command that fails says so: one line and a status, whatever happened."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress

import typer
from sqlalchemy.exc import SQLAlchemyError

from data_consistency import project, runtime
from data_consistency.cli._status import Status
from data_consistency.config import load_settings
from data_consistency.db import server_errors
from data_consistency.errors import ConfigurationError, DataConsistencyError, InvalidRule, WrongUse
from data_consistency.logs import LogFile, logger_of
from data_consistency.storage import is_about_files

_WRONG_USE = (ConfigurationError, InvalidRule, WrongUse)
# What typer raises for words it cannot read; newer versions carry click within, and export this one only.
_TYPED_WRONG: type[Exception] = typer.BadParameter.__mro__[2]
_LONGEST = 1000  # of a line; what was typed may be of any length

logger = logger_of(__name__)


def keep_log() -> None:
    """Log lines go to the file of the settings, never to the terminal; without usable settings nowhere."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    try:
        runtime.log_to_file(load_settings(project.find()))
    except DataConsistencyError:
        return  # the command meets the same error, and tells it


def tell(error: BaseException, *, as_json: bool) -> Status:
    """Say on one line of stderr what went wrong; returns the status.

    Args:
        error: ended the command.
        as_json: the line is an object with the name of the error, its message and the status.
    """
    _drain_stdout()
    if isinstance(error, BrokenPipeError):
        return Status.BROKEN_PIPE
    status, name, message = _understood(error)
    line = _one_line(message)
    said = json.dumps({"error": name, "message": line, "status": status}) if as_json else f"consistency: {line}"
    with suppress(OSError, ValueError):  # nobody listens there either
        print(said, file=sys.stderr)  # noqa: T201  # the command's own voice
    return status


def _understood(error: BaseException) -> tuple[Status, str, str]:
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Status.INTERRUPTED, "Interrupted", "interrupted"
    if isinstance(error, _TYPED_WRONG):
        return Status.WRONG_USE, "WrongUse", _about_words(error)
    if isinstance(error, SQLAlchemyError | server_errors.DriverError):
        error = server_errors.translated(error) or error
    if isinstance(error, DataConsistencyError):
        status = Status.WRONG_USE if isinstance(error, _WRONG_USE) else Status.NOT_EVALUATED
        return status, type(error).__name__, str(error)
    if isinstance(error, OSError) and is_about_files(error):
        said = f"{error.filename or 'what was to be written'}: {error.strerror}; free space or permit it, then repeat"
        return Status.NOT_EVALUATED, "NotStored", said
    return Status.CRASH, type(error).__name__, f"{_place(error)}; {_written(error)}"


def _about_words(error: Exception) -> str:
    """The framework's message, and where the right words stand."""
    message: str = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # every one of its errors has it
    path = getattr(getattr(error, "ctx", None), "command_path", "consistency")
    return f"{message or 'say which command, one of those above'}; `{path} --help` says more"


def _one_line(text: str) -> str:
    """Whatever was typed, on one line that a terminal shows as it is."""
    line = " ".join(text.split())
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"unforeseen {type(error).__name__}{where}"


def _written(error: BaseException) -> str:
    """Put the trace into the log; says where it is."""
    logger.error("unforeseen error\n%s", "\n".join(_trace(error)))
    file = next((one for one in logging.getLogger("data_consistency").handlers if isinstance(one, LogFile)), None)
    if file is None:
        return "there is no log to put its trace into"
    if file.trouble is not None:
        return f"its trace could not be put into {file.baseFilename} ({file.trouble})"
    return f"its trace is in {file.baseFilename}"


def _trace(error: BaseException) -> Iterator[str]:
    """Names of errors and places in files: an error's own text may quote a row."""
    cause = error.__cause__ or error.__context__
    if cause is not None:
        yield from _trace(cause)
        yield "then"
    code = server_errors.code_of(error) if isinstance(error, server_errors.DriverError) else None
    yield f"{type(error).__module__}.{type(error).__qualname__}" + ("" if code is None else f" {code}")
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"


def _drain_stdout() -> None:
    """Where nothing more can be said, nothing more is tried: Python would, when it ends, with a trace."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
