"""Whatever is typed, at whatever database: a status that is documented, one line, no traceback, nothing unforeseen."""

import contextlib
import io
import itertools
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main

from data_consistency.cli import build_app, main
from data_consistency.cli._status import Status
from data_consistency.db import transactions
from data_consistency.runtime import Runtime
from tests import worlds

HOSTILE = (
    "", " ", "x" * 10_000, "a\0b", "ä\u202e😀", "\udcff", "-1", "9" * 30, "9" * 5000, "1e3", "'; DROP TABLE calls; -- ",
    "%s%(x)s:now{}", "a\nb\x1b[31m", "../../../etc/passwd", "2999-01-01", "0001-01-01",
)  # fmt: skip
FEW = ("", "a\0b", "9" * 30, "'; DROP TABLE calls; -- ")
# What arguments and options that must be there are given while another one is hostile.
USUAL = {
    "call_id": "1", "item_id": "1", "incident_id": "1", "key_id": "1", "company": "1", "key": "calcom:1",
    "alert_id": "1", "alert_ids": "1", "mute_id": "1", "delivery_id": "1",
    "name": "corrections_enabled", "state": "on", "role": "reader", "--reason": "maintenance", "--user": "reader@%",
    "--schema": "s", "--rule": "call_direction_present", "--file": "sql/mappings/s2.json",
    "words": "failure_threshold=3", "owner": "ann", "text": "looked at", "--until": "2999-01-01",
    "table_name": "customers",
}  # fmt: skip
# They make servers, or go on until they are stopped: only what keeps them from beginning is tried.
_BEGINS = {"airflow up", "booking serve", "calcom fake", "db start", "demo run", "rehearse", "rules test"}
# Each takes seconds, or all of ours away: not typed as it is meant.
_NOT_AS_MEANT = _BEGINS | {"demo load", "report", "rollback"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command as somebody typed it, and what became of it."""

    words: tuple[str, ...]
    status: int
    out: str
    err: str


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        yield path, command
        return
    for name, below in commands.items():
        yield from _leaves(below, (*path, name))


def _said(parameter: Any, value: str) -> tuple[str, ...]:
    if parameter.param_type_name == "argument":
        return (value,)
    return (f"{parameter.opts[0]}={value}",)


def _is_flag(parameter: Any) -> bool:
    return bool(getattr(parameter, "is_flag", False)) or parameter.name == "help"


def _usual(parameter: Any) -> tuple[str, ...]:
    name = parameter.name if parameter.param_type_name == "argument" else parameter.opts[0]
    return _said(parameter, USUAL[name]) if parameter.required else ()


def _lines(values: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every command as it is meant, then with each of its words made hostile in turn.

    Each word gets four of the values, the next one the next four: every kind of word meets each of them somewhere.
    """
    turn = itertools.cycle(values)
    root = typer.main.get_command(build_app())
    for value in values:
        yield (f"--source={value}", "rules", "list")
    for path, command in _leaves(root):
        parameters = [one for one in command.params if not _is_flag(one)]
        busy = " ".join(path) in _BEGINS
        if " ".join(path) not in _NOT_AS_MEANT:
            yield (*path, *(word for one in parameters for word in _usual(one)))
        for hostile in parameters:
            if busy and hostile.opts[0] not in {"--port", "--host", "--rule", "--examples"}:
                continue
            for value in itertools.islice(turn, 4):
                words = [_said(one, value) if one is hostile else _usual(one) for one in parameters]
                options = [word for part in words for word in part if word.startswith("--") and "=" in word]
                rest = [word for part in words for word in part if not (word.startswith("--") and "=" in word)]
                yield (*path, *options, "--", *rest) if rest else (*path, *options)


def _type(words: tuple[str, ...]) -> Typed:
    out, err, before = io.StringIO(), io.StringIO(), dict(os.environ)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
            main(words)
    finally:
        os.environ.clear()
        os.environ.update(before)
    code = left.value.code
    assert isinstance(code, int)
    return Typed(words=words, status=int(code), out=out.getvalue(), err=err.getvalue())


def _wrong(typed: Typed) -> str | None:
    if typed.status not in set(Status) or typed.status == Status.CRASH:
        return "status"
    if "Traceback" in typed.out + typed.err:
        return "traceback"
    lines = len(typed.err.splitlines())
    if typed.status == Status.WRONG_USE:
        return None if lines == 1 else "not one line"
    return None if lines <= int(typed.status == Status.NOT_EVALUATED) else "more said on stderr"


def _shortly(typed: Typed) -> str:
    words = " ".join(repr(word[:40]) for word in typed.words)
    return f"{words} -> {typed.status}: {typed.err[:300]!r}"


def _try(values: tuple[str, ...]) -> list[Typed]:
    tried = [_type(words) for words in _lines(values)]
    assert [] == [f"{why}: {_shortly(typed)}" for typed in tried if (why := _wrong(typed)) is not None]
    return tried


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hundreds of lost connections in a row need no pauses between them; files of odd names are written elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(transactions, "_FIRST_WAIT_SECONDS", 0.0)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port that somebody listens on, so that no server of ours begins."""
    with socket.create_server(("", 8090)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.timeout(1200)
def test_without_a_database_nothing_is_unforeseen(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    """Most commands say that it does not answer."""
    monkeypatch.setenv("CONSISTENCY_DB_URL", "mysql+pymysql://nobody:s3cret@127.0.0.1:1/none")

    tried = _try(FEW)

    assert {Status.CLEAN, Status.NOT_EVALUATED, Status.WRONG_USE} == {typed.status for typed in tried}
    assert not any("s3cret" in typed.out + typed.err for typed in tried)


@pytest.mark.timeout(1200)
def test_in_a_schema_that_is_not_ours_nothing_is_unforeseen(
    empty_schema: str, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """Nothing is made there, whatever is typed."""
    monkeypatch.setenv("CONSISTENCY_DB_URL", empty_schema)

    _try(FEW)

    engine = worlds.make_engine(empty_schema)
    assert [] == worlds.execute(engine, "SHOW TABLES")
    engine.dispose()


@pytest.mark.timeout(1200)
def test_in_a_schema_of_ours_nothing_is_unforeseen(rt: Runtime, monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    """And no table is lost by what was typed."""
    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, session_outcome="nonsense")
    tables = worlds.execute(rt.engine, "SHOW TABLES")
    assert Status.WARNINGS == _type(("check",)).status

    _try(HOSTILE)

    assert set(tables) - {("consistency_mapping",)} <= set(worlds.execute(rt.engine, "SHOW TABLES"))
