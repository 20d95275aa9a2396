"""Processes of one folder: each in a session of its own, found again after a crash and ended with its children.

A process is known by its id and its start time, for ids are used again. What a killed parent leaves behind is found by
its session.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STATE = "processes.json"
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stat:
    """What /proc says about a process."""

    group: int
    session: int
    started: int  # ticks since the machine booted
    is_zombie: bool


def launch(home: Path, commands: Mapping[str, Sequence[str]], env: Mapping[str, str]) -> None:
    """Start commands in sessions of their own, so that they outlive this process and its terminal.

    Args:
        home: the folder that remembers them; their output goes to `<name>.log` in it.
        commands: arguments by name.
        env: their whole environment.
    """
    for name, command in commands.items():
        with (home / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                env=dict(env),
                start_new_session=True,
            )
        stat = _stat(process.pid)
        _write(home, {**_read(home), name: [process.pid, stat.started if stat else -1]})


def running(home: Path) -> dict[str, int]:
    """Process ids, by name, of what was launched from this folder and still runs."""
    return {name: pid for name, (pid, started) in _read(home).items() if _is_alive(pid, started)}


def stop(home: Path, *, timeout_seconds: float) -> list[str]:
    """End everything launched from this folder, children first asked, then killed; returns the names that ran."""
    known = _read(home)
    stopped = [name for name, (pid, started) in known.items() if _groups(pid, started)]
    _signal(known, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    while _left(known) and time.monotonic() < deadline:
        time.sleep(0.1)
    while _left(known):
        _signal(known, signal.SIGKILL)
        time.sleep(0.1)
    (home / _STATE).unlink(missing_ok=True)
    return stopped


def _left(known: Mapping[str, tuple[int, int]]) -> bool:
    return any(_groups(pid, started) for pid, started in known.values())


def _signal(known: Mapping[str, tuple[int, int]], number: signal.Signals) -> None:
    for pid, started in known.values():
        for group in _groups(pid, started):
            with suppress(ProcessLookupError):
                os.killpg(group, number)


def _groups(leader: int, started: int) -> set[int]:
    """Process groups of the leader's session that still have a living member."""
    first = _stat(leader)
    if first is not None and first.started != started:
        return set()  # a stranger got the number; ours and its children are gone, or the number would not be free
    return {stat.group for stat in _all() if stat.session == leader and not stat.is_zombie and stat.started >= started}


def _is_alive(pid: int, started: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # collects it when it was our own child
    stat = _stat(pid)
    return stat is not None and stat.started == started and not stat.is_zombie


def _all() -> Iterator[_Stat]:
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))) is not None:
            yield stat


def _stat(pid: int) -> _Stat | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks and brackets
    return _Stat(group=int(fields[2]), session=int(fields[3]), started=int(fields[19]), is_zombie=fields[0] in "ZX")


def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _read(home: Path) -> dict[str, tuple[int, int]]:
    """What was launched since this machine booted; a file that cannot be read says nothing."""
    try:
        state = json.loads((home / _STATE).read_text(encoding="utf-8"))
        if state["boot"] != _boot():
            return {}
        return {str(name): (int(pid), int(started)) for name, (pid, started) in state["processes"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write(home: Path, known: Mapping[str, Sequence[int]]) -> None:
    text = json.dumps({"boot": _boot(), "processes": known})
    scratch = home / f"{_STATE}.new"
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(home / _STATE)
