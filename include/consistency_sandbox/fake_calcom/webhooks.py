"""Webhooks of the fake server: signed, sent once, and lost, doubled, late or out of order on demand."""

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from consistency_sandbox.fake_calcom.records import Record, iso
from consistency_sandbox.fake_calcom.world import ManualClock

NO_SECRET = "no-secret-provided"  # noqa: S105  # what the real server writes in place of a signature
_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told."""

    url: str
    secret: str | None = None
    triggers: tuple[str, ...] = ()  # none: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request to be made, or made."""

    url: str
    trigger: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    due: datetime
    status: int | None = None  # of the receiver; None: not sent, or no answer


class Webhooks:
    """Subscriptions, what is still to be sent, and what was."""

    def __init__(self, clock: ManualClock) -> None:
        self.subscriptions: list[Subscription] = []
        self.modes: deque[str] = deque()  # of the next deliveries: drop, double, swap, late:SECONDS, or ok
        self.waiting: list[Delivery] = []
        self.sent: list[Delivery] = []
        self._held: list[Delivery] = []
        self._clock = clock

    def emit(self, trigger: str, record: Record) -> None:
        """Something happened to a booking."""
        for to in self.subscriptions:
            if to.triggers and trigger not in to.triggers:
                continue
            self._queue(self._delivery(to, trigger, record), self.modes.popleft() if self.modes else "ok")

    async def deliver(self) -> None:
        """Send what is due, each once; a failure is forgotten, as the real server does."""
        now = self._clock.now()
        due, self.waiting = (
            [one for one in self.waiting if one.due <= now],
            [one for one in self.waiting if one.due > now],
        )
        if not due:
            return
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            for delivery in due:
                try:
                    answer = await client.post(delivery.url, content=delivery.body, headers=dict(delivery.headers))
                except httpx.HTTPError:
                    self.sent.append(delivery)
                else:
                    self.sent.append(replace(delivery, status=answer.status_code))

    def _queue(self, delivery: Delivery, mode: str) -> None:
        if mode == "drop":
            return
        if mode == "swap":
            self._held.append(delivery)
            return
        if mode.startswith("late:"):
            delivery = replace(delivery, due=delivery.due + timedelta(seconds=float(mode.removeprefix("late:"))))
        self.waiting += [delivery] * (2 if mode == "double" else 1)
        self.waiting += self._held
        self._held = []

    def _delivery(self, to: Subscription, trigger: str, record: Record) -> Delivery:
        now = self._clock.now()
        document = {"triggerEvent": trigger, "createdAt": iso(now), "payload": _payload(record)}
        body = json.dumps(document).encode()
        signature = hmac.new(to.secret.encode(), body, hashlib.sha256).hexdigest() if to.secret else NO_SECRET
        headers = {
            "Content-Type": "application/json",
            "x-cal-signature-256": signature,
            "x-cal-webhook-version": "2021-10-20",
        }
        return Delivery(url=to.url, trigger=trigger, body=body, headers=headers, due=now)


def _payload(record: Record) -> dict[str, Any]:
    """Not the API's names: capitals in the state, other words for the times."""
    return {
        "uid": record.uid,
        "bookingId": record.id,
        "startTime": iso(record.start),
        "endTime": iso(record.end),
        "status": record.status.upper(),
        "eventTypeId": record.event_type,
        "metadata": dict(record.metadata),
        "attendees": [{"name": record.attendee_name, "email": record.attendee_email, "timeZone": record.time_zone}],
        "organizer": {"name": "Host of the fake", "email": "host@example.org", "timeZone": "Europe/Berlin"},
        "rescheduleUid": record.rescheduled_from,
    }
