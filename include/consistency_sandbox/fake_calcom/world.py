"""Everything the fake server knows: bookings with their past, keys, faults to come, and a clock moved by hand."""

import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consistency_sandbox.fake_calcom.faults import Fault
from consistency_sandbox.fake_calcom.records import Record, Seat
from consistency_sandbox.fake_calcom.rendering import View

KEY = "cal_live_fake"
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class ManualClock:
    """Stands still until it is moved; sleeping moves it."""

    def __init__(self, at: datetime = BEGIN) -> None:
        self._at = at
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Aware UTC time."""
        return self._at

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._at += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        """Wait without waiting."""
        self.slept.append(seconds)
        self.advance(seconds)


class RunningClock(ManualClock):
    """Runs from the machine's time on, and can be moved."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Aware UTC time."""
        return super().now() + timedelta(seconds=time.monotonic() - self._began)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """What can be booked."""

    id: int
    slug: str
    minutes: int = 30
    needs_confirmation: bool = False
    needs_cancellation_reason: bool = False
    has_hosts: bool = True
    seats: int = 0  # guests that share a booking; none: each has his own
    recurrences: int = 0  # bookings that one request makes, a week apart
    colleagues: int = 0  # hosts beside the organiser


@dataclass(slots=True, kw_only=True)
class Key:
    """A credential the server knows."""

    oauth: bool = False
    requests_left: int | None = None  # then it has expired


@dataclass(slots=True, kw_only=True)
class Switches:
    """How the server misbehaves, or is set up, until told otherwise."""

    ignored_filters: list[str] = field(default_factory=list)  # names of query parameters
    refuse_windows_over: float | None = None  # seconds; a longer range of time is answered by 400
    repeat_page: bool = False  # the same page for ever, behind cursors that look new
    repeat_cursor: bool = False
    lose_cursor: bool = False  # more pages, and no way to them
    write_lag: float = 0.0  # seconds until a write can be read
    latency: float = 0.0  # real seconds of every answer
    latency_tail: float = 0.0  # mean of an exponential addition
    limit: int = 120  # requests a minute and key
    limit_name: str = "Default"
    limit_reset: str = "seconds"  # or epoch, or none
    retry_after: str = "none"  # or seconds, or date
    silent_versions: list[str] = field(default_factory=list)  # versions that this server does not have
    default_status: str | None = None  # what the older list means by no status
    hide_attendees: str = "never"  # of seated bookings: in `get` alone, or `always`
    names_root: bool = False
    needs_reason: bool = True  # of a host who cancels
    keeps_cancelled_seats: bool = False  # a newer server still shows the guests of what was cancelled
    names_all_hosts: bool = False  # in place of the organiser alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One request that came in."""

    method: str
    path: str
    query: Mapping[str, str]
    version: str | None
    body: Any
    status: int | None  # None: no answer was given


class World:
    """State of one fake server."""

    def __init__(self, *, seed: int = 1, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.random = random.Random(seed)  # noqa: S311  # repeatable, and guards nothing
        self.keys: dict[str, Key] = {KEY: Key()}
        self.event_types = {
            kind.id: kind
            for kind in (
                EventType(id=100, slug="consultation"),
                EventType(id=200, slug="approval", needs_confirmation=True),
                EventType(id=300, slug="strict", needs_cancellation_reason=True),
                EventType(id=400, slug="team", has_hosts=False),
                EventType(id=500, slug="course", seats=3),
                EventType(id=600, slug="weekly", recurrences=3),
                EventType(id=700, slug="together", colleagues=2),
            )
        }
        self.switches = Switches()
        self.faults: list[Fault] = []
        self.log: list[Logged] = []
        self.between_pages: deque[Mapping[str, Any]] = deque()  # actions, one after each page of a list
        self.refuse_for = 0.0  # real seconds without a listening socket, from now
        self._past: dict[str, list[tuple[datetime, Record]]] = {}
        self._number = 1000

    def add(self, **facts: Any) -> Record:
        """A booking with the facts given and plausible others.

        `start` may be left out, `minutes` instead of an end; `age` is how many seconds ago it was created.
        """
        self._number += 1
        now = self.clock.now()
        start = facts.pop("start", None) or now + timedelta(hours=self._number - 1000)
        age, minutes = facts.pop("age", 3600), facts.pop("minutes", 30)
        kind = self.event_types.get(facts.get("event_type", 100))
        defaults: dict[str, Any] = {
            "id": self._number,
            "uid": self.new_uid(),
            "status": "accepted",
            "start": start,
            "end": start + timedelta(minutes=minutes),
            "created_at": now - timedelta(seconds=age),
            "updated_at": None,
            "event_type": 100,
            "slug": kind.slug if kind else "elsewhere",
            "attendee_name": f"Guest {self._number}",
            "attendee_email": f"guest{self._number}@example.org",
            "seated": bool(kind and kind.seats),
            "colleagues": kind.colleagues if kind else 0,
        }
        record = Record(**(defaults | facts))
        if record.seated and not record.seats:
            record = replace(record, seats=(self.seat_of(record),), metadata={})
        record = replace(record, ics_uid=record.ics_uid or f"{record.uid}@fake")
        self.put(record, lag=0.0)
        return record

    def seat_of(self, record: Record) -> Seat:
        """The place of the guest for whom a booking was made."""
        return Seat(
            uid=f"seat-{self.new_uid()}",
            name=record.attendee_name,
            email=record.attendee_email,
            phone=record.attendee_phone,
            metadata=record.metadata,
        )

    def view(self, *, is_list: bool) -> View:
        """What a host's key gets to see."""
        hidden = self.switches.hide_attendees
        return View(
            shows_attendees=hidden == "never" or (hidden == "get" and is_list),
            names_root=self.switches.names_root,
            names_all_hosts=self.switches.names_all_hosts,
        )

    def new_uid(self) -> str:
        """Twenty-two letters, the same for the same seed."""
        return "".join(self.random.choices(_LETTERS, k=22))

    def next_number(self) -> int:
        """The next booking's number."""
        self._number += 1
        return self._number

    def put(self, record: Record, *, lag: float | None = None) -> None:
        """Write a booking; readers see it after the lag."""
        seconds = self.switches.write_lag if lag is None else lag
        visible = self.clock.now() + timedelta(seconds=seconds)
        self._past.setdefault(record.uid, []).append((visible, record))

    def stored(self, uid: str) -> Record | None:
        """A booking as it was written last."""
        past = self._past.get(uid)
        return past[-1][1] if past else None

    def read(self, uid: str) -> Record | None:
        """A booking as readers see it now."""
        now = self.clock.now()
        return next((record for visible, record in reversed(self._past.get(uid, [])) if visible <= now), None)

    def all_stored(self) -> Iterator[Record]:
        """Every booking as it was written last."""
        return (past[-1][1] for past in list(self._past.values()))

    def all_read(self) -> Iterator[Record]:
        """Every booking as readers see it now."""
        return (record for uid in list(self._past) if (record := self.read(uid)) is not None)

    def forget(self, uid: str) -> None:
        """Remove a booking for good."""
        self._past.pop(uid, None)

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The next fault for such a request, used up once."""
        for fault in self.faults:
            if fault.fits(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None
