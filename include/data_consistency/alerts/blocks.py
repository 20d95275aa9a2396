"""Messages as typed blocks: what people are told, apart from language, looks and channel.

A message carries counts, rule ids, row ids and links; never a name, a number or a text of a customer. Its sentences are
made at the end (`speech.py`), so that nobody has to read numbers out of English.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data_consistency.rules import Severity

IDS_SHOWN = 5


class What(StrEnum):
    """What has happened to the alerts of a message."""

    OPENED = "opened"
    WORSENED = "worsened"
    ESCALATED = "escalated"  # nobody has acknowledged it in time
    REMINDED = "reminded"  # its snooze is over and it lasts
    RESOLVED = "resolved"
    DIGEST = "digest"  # warnings since the last one
    REPORT = "report"  # of a day, for who decides nothing by it
    NOTE = "note"  # a text from before there were blocks


class Verb(StrEnum):
    """What a reader can do next; the words and the command are made of it."""

    LOOK = "look"
    REVIEW = "review"
    PLAN = "plan"
    DECIDE = "decide"  # about an incident
    RUN = "run"  # look at it
    DOCTOR = "doctor"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One thing in both languages."""

    en: str
    de: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows of one rule."""

    open: int  # wrong now
    new: int = 0  # of those, since people last knew
    fixed: int = 0  # right again since it began
    corrected: int = 0  # of those, by a correction of ours
    companies: int = 0  # with open rows
    checked: int | None = None  # rows of the table in the newest full check; None: not known
    told: int | None = None  # open rows when people last knew; None: they are told for the first time


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that is wrong."""

    id: int
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A value that is over-represented among the wrong rows."""

    attribute: str  # company, service, agent_version, number, hour, breaker, ...
    value: str  # an id, a code or a time; never personal
    ratio: float  # of the wrong rows, 0 to 1
    others: float  # of the other rows of the same time


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do next."""

    verb: Verb
    about: str = ""  # a rule or an id
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One alert: a rule that rows violate, an incident that waits, a task that fails."""

    alert: int  # its id, for people and commands; 0: none
    kind: str  # findings, incident, failure, silence
    severity: Severity
    problem: Words | None  # None: the description, told as what is not so
    description: str = ""
    rule: str = ""
    catalogue: str = ""
    entity: str = ""  # "call"
    counts: Counts | None = None
    ids: tuple[Row, ...] = ()
    cause: Cause | None = None
    incident: str = ""  # kind of incident
    cap: int | None = None
    company: int | None = None  # whose rows an incident is about; None: of several
    error: str = ""  # class of the error of a task
    places: tuple[str, ...] = ()  # tasks that failed
    hint: str = ""  # what its rule asks a reviewer to do
    steps: tuple[Step, ...] = ()
    runbook: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    returns: int = 0  # how often it has come back within a day
    over: bool = False  # right again


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyReport:
    """The head of a daily report."""

    day: str  # ISO date
    found: int
    corrected: int
    need_you: int
    critical: int  # open and critical
    silent: int  # rules that were not evaluated
    rate: float | None = None  # of entities that are right now, 0 to 1; None: nothing was checked
    url: str | None = None  # where it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell, once: messages with the same key are the same message."""

    what: What
    severity: Severity
    key: str
    at: datetime  # UTC, naive as the database stores it
    since: datetime | None = None  # of a digest
    source: str = ""  # the watched database, where it is not the only one
    route: str = "default"
    also: tuple[str, ...] = ()  # channels beside those of the route
    thread: str = ""  # key of the message that its thread began with; empty: it begins one
    subject: str = ""  # of its thread; empty: it is made of the troubles
    troubles: tuple[Trouble, ...] = ()
    run: str = ""
    covers: tuple["Covered", ...] = ()  # whose findings count as told once it is delivered
    incidents: tuple[int, ...] = ()  # that count as told once it is delivered
    minutes: int | None = None  # that nobody has acknowledged it
    lines: tuple[str, ...] = ()  # of a note
    report: DailyReport | None = None

    @property
    def fingerprint(self) -> str:
        """Short, stable name of the message, safe in headers and file names."""
        return fingerprint_of(self.key)

    @property
    def root(self) -> str:
        """Fingerprint of the message that its thread began with."""
        return fingerprint_of(self.thread or self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Findings that a message speaks of."""

    rule: str
    companies: tuple[int, ...]  # 0: rows without a company


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom sentences are made."""

    language: str = "en"
    zone: str = "UTC"  # name of a time zone


def fingerprint_of(key: str) -> str:
    """Name of the message of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
