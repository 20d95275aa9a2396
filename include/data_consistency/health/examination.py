"""Asking every sign: one that fails, hangs or may not look is told as such, and the others are asked all the same."""

import contextvars
import os
import threading
import time
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, transactions
from data_consistency.db.engine import make_engine
from data_consistency.errors import DataConsistencyError, SchemaNotReady, WrongUse
from data_consistency.health import changes, machine, messages, progress, questions, server, settled, sign, structure
from data_consistency.health.sign import Kind, Look, Sign, Word
from data_consistency.runtime import Runtime

# All signs together; whoever asks for health has no more patience than that.
ALL_SECONDS = 45.0
_STATEMENT_SECONDS = 8.0
# In the order in which their signs are asked and shown.
_GROUPS = (structure, server, machine, settled, progress, messages, questions, changes)
_AGAIN = "look again when what it waits for is free; the log of the server, or the folder, says what that is"


def listed() -> list[Kind]:
    """Every sign there is, in the order in which they are asked."""
    order = [group.__name__ for group in _GROUPS]
    return sorted(sign.ALL.values(), key=lambda kind: order.index(kind.look.__module__))


def examine(
    rt: Runtime,
    *,
    environ: Mapping[str, str] | None = None,
    role: str | None = None,
    leave_out: Collection[str] = (),
) -> Iterator[Sign]:
    """Look at everything a silent failure could hide in. Nothing is changed.

    Args:
        rt: the runtime.
        environ: the environment; None: the process's own.
        role: that the database user is to have (`consistency grants`); None: the one that it comes nearest to.
        leave_out: names of signs that are not asked.

    Raises:
        WrongUse: there is no sign of a name.
        DatabaseUnavailable: the database could not be looked at; raised when all else has been.
        UnmarkedSchema: the schema is not ours; the same.
    """
    if unknown := sorted(set(leave_out) - sign.ALL.keys()):
        raise WrongUse(f"no sign '{unknown[0]}'; there are {', '.join(kind.name for kind in listed())}")
    env = os.environ if environ is None else environ
    engine = make_engine(
        rt.engine.url, rt.project, zone=rt.source.timezone, patience_seconds=_STATEMENT_SECONDS, where="the connection"
    )
    shut: DataConsistencyError | None = None
    try:
        shut = _why_shut(engine)
        end = time.monotonic() + ALL_SECONDS
        for kind in listed():
            if kind.name in leave_out or (shut is not None and kind.needs_database):
                continue
            asked = _Asked(kind=kind, rt=rt, environ=env, role=role, engine=engine)
            yield from _named(kind, asked.answer(end - time.monotonic()))
    finally:
        engine.dispose()
    if shut is not None:
        raise shut


def _why_shut(engine: Engine) -> DataConsistencyError | None:
    """What keeps everybody from the database; None: nothing."""
    try:
        with transactions.rolled_back(engine):
            return None
    except DataConsistencyError as error:
        return error


@dataclass(slots=True, kw_only=True)
class _Asked:
    """One sign that is asked, in a thread of its own, so that it can be left behind."""

    kind: Kind
    rt: Runtime
    environ: Mapping[str, str]
    role: str | None
    engine: Engine
    words: list[Word] = field(default_factory=list)

    def answer(self, left: float) -> list[Word]:
        """What it says, or that it does not."""
        seconds = min(self.kind.seconds, max(left, 0.0))
        if not seconds:
            return [_silent(f"not asked: the others took all of {ALL_SECONDS:.0f} s", _AGAIN)]
        # Of a thread that hangs nothing more is waited for, not even at the end of the process.
        thread = threading.Thread(target=contextvars.copy_context().run, args=(self._ask,), daemon=True)
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            return [_silent(f"no answer within {seconds:.0f} s", _AGAIN)]
        return self.words

    def _ask(self) -> None:
        try:
            with self._connection() as connection:
                look = Look(rt=self.rt, now=self.rt.now(), environ=self.environ, connection=connection, role=self.role)
                self.words = list(self.kind.look(look))
        except Exception as error:  # whatever it is, the next sign must be asked
            self.words = [_failed(error)]

    def _connection(self) -> AbstractContextManager[Any]:
        return transactions.rolled_back(self.engine) if self.kind.needs_database else nullcontext()


def _failed(error: Exception) -> Word:
    found = server_errors.driver_error(error)
    if isinstance(found, DBAPIError) and server_errors.is_denied(found):
        words = server_errors.words_of(found)
        return sign.unseen(f"this account may not look ({words})", "look as the corrector, or `consistency grants`")
    if isinstance(error, SchemaNotReady):
        # Which table it is has a sign of its own.
        return sign.unseen("cannot be asked: something of ours is missing", "`consistency migrate` puts it back")
    if isinstance(error, DataConsistencyError):
        detail, _, remedy = str(error).rpartition("; ")
        return _silent(detail or remedy, remedy)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return _silent(
        f"could not be looked at: {type(error).__name__} at {frame.filename}:{frame.lineno}",
        "look again; `--except NAME` leaves a sign out that does so each time",
    )


def _silent(detail: str, remedy: str) -> Word:
    return Word(ok=False, detail=detail, remedy=remedy, is_seen=False)


def _named(kind: Kind, words: list[Word]) -> Iterator[Sign]:
    for word in words:
        remedy = word.remedy or ("" if word.ok else kind.remedy)
        yield Sign(
            name=f"{kind.name} {word.of}".strip(), ok=word.ok, detail=word.detail, remedy=remedy, is_seen=word.is_seen
        )
