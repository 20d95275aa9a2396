"""What a sign is, and the list of all of them.

A sign is a function that looks at one thing and says, in a sentence each, what it saw; a decorator puts it on the list
with its name and the remedy where it has one for all that it can find. `examination.py` asks them.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.engine import Connection

from data_consistency.errors import DataConsistencyError
from data_consistency.rules import Suite
from data_consistency.runtime import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""  # a command or a setting to change; never empty where something is wrong
    is_seen: bool = True  # False: it could not be looked at, here or by this account

    @property
    def is_silent(self) -> bool:
        """Whether it could not be judged, and nobody chose that."""
        return not self.ok and not self.is_seen

    def __str__(self) -> str:
        """One line."""
        return f"{self.detail}; {self.remedy}" if self.remedy else self.detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a sign says of one thing that it looked at."""

    ok: bool
    detail: str
    remedy: str = ""
    of: str = ""  # which of several it is about
    is_seen: bool = True


def fine(detail: str, *, of: str = "") -> Word:
    """Nothing to do."""
    return Word(ok=True, detail=detail, of=of)


def wrong(detail: str, remedy: str = "", *, of: str = "") -> Word:
    """Somebody should look; without a remedy of its own it has that of its sign."""
    return Word(ok=False, detail=detail, remedy=remedy, of=of)


def unseen(detail: str, remedy: str = "") -> Word:
    """This account, or this machine, cannot tell."""
    return Word(ok=True, detail=detail, remedy=remedy, is_seen=False)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a sign may look at."""

    rt: Runtime
    now: datetime  # of this machine, UTC, naive
    environ: Mapping[str, str]
    connection: Connection  # in a transaction that is rolled back
    role: str | None = None  # that the database user is to have; None: nobody said

    @cached_property
    def suites(self) -> Mapping[str, Suite]:
        """The suites; none where they cannot be read, which has a sign of its own."""
        try:
            return self.rt.suites()
        except DataConsistencyError:
            return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sign on the list."""

    name: str
    when: str  # it is bad, in a sentence
    remedy: str
    look: Callable[[Look], Iterable[Word]]
    needs_database: bool
    seconds: float


ALL: dict[str, Kind] = {}
SECONDS = 10.0


def sign(
    name: str, remedy: str, *, database: bool = True, seconds: float = SECONDS
) -> Callable[[Callable[[Look], Iterable[Word]]], Callable[[Look], Iterable[Word]]]:
    """Put a function on the list; its docstring says when the sign is bad.

    Args:
        name: of the sign.
        remedy: what to do about it.
        database: whether it asks the database.
        seconds: it may take.
    """

    def listed(look: Callable[[Look], Iterable[Word]]) -> Callable[[Look], Iterable[Word]]:
        when = (inspect.getdoc(look) or "").partition("\n\n")[0].replace("\n", " ")
        ALL[name] = Kind(name=name, when=when, remedy=remedy, look=look, needs_database=database, seconds=seconds)
        return look

    return listed
