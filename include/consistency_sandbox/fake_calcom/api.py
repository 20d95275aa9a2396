"""The routes under /v2: from a request to an answer, in memory."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consistency_sandbox.fake_calcom import creating, listing, writing
from consistency_sandbox.fake_calcom.gate import OLDEST, Gate, Limited
from consistency_sandbox.fake_calcom.records import Record, iso
from consistency_sandbox.fake_calcom.rendering import render, render_oldest
from consistency_sandbox.fake_calcom.reply import Denied, Reply, body_a, body_b, success
from consistency_sandbox.fake_calcom.webhooks import Webhooks
from consistency_sandbox.fake_calcom.world import World

_ROUTES = (
    ("me", "GET", re.compile(r"/v2/me")),
    ("list", "GET", re.compile(r"/v2/bookings")),
    ("create", "POST", re.compile(r"/v2/bookings")),
    ("get", "GET", re.compile(r"/v2/bookings/([^/]+)")),
    ("cancel", "POST", re.compile(r"/v2/bookings/([^/]+)/cancel")),
    ("reschedule", "POST", re.compile(r"/v2/bookings/([^/]+)/reschedule")),
)
_ME = {
    "id": 7,
    "username": "host",
    "email": "host@example.org",
    "name": "Host of the fake",
    "avatarUrl": None,
    "bio": None,
    "timeFormat": 24,
    "defaultScheduleId": 1,
    "weekStart": "Monday",
    "timeZone": "Europe/Berlin",
    "locale": "de",
    "organizationId": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def token(self) -> str | None:
        """The bearer's token."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None

    @property
    def document(self) -> Any:
        """The body as JSON, or nothing."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Api:
    """The fake API over one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.webhooks = Webhooks(world.clock)
        self._gate = Gate(world)

    async def answer(self, call: Call) -> Reply:
        """Answer a request, errors included."""
        at = iso(self.world.clock.now())
        try:
            headers = self._gate.limit(call.token)
        except Limited as denied:
            return body_a(429, denied.message, path=call.path, at=at).with_headers(denied.headers)
        try:
            reply = await self._route(call)
        except Denied as denied:
            bare = body_b(denied.status, denied.message)
            full = body_a(denied.status, denied.message, path=call.path, at=at, on_top=denied.on_top)
            reply = bare if denied.bare else full
        return reply.with_headers({**headers, "X-Request-Id": f"fake-{len(self.world.log) + 1}"})

    async def _route(self, call: Call) -> Reply:
        for operation, method, pattern in _ROUTES:
            found = pattern.fullmatch(call.path)
            if found and method == call.method:
                self._gate.admit(operation, call.token)
                asked = call.headers.get("cal-api-version")
                version = self._gate.version(operation, asked, method=method, path=call.path)
                return await self._do(operation, version, call, *found.groups())
        raise Denied(404, f"Cannot {call.method} {call.path}", bare=True)

    async def _do(self, operation: str, version: str, call: Call, uid: str = "") -> Reply:
        world = self.world
        if operation == "me":
            return success(_ME)
        if operation == "list":
            return self._list(version, call.query)
        if operation == "get":
            return self._get(uid, version)
        if version == OLDEST:
            # Its bodies have other fields: what is right for the later versions is wrong here.
            raise Denied(400, ["responses should not be empty", "property attendee should not exist"])
        if operation == "create":
            return self._create(call.document)
        if operation == "cancel":
            return await self._cancel(uid, call)
        moved = writing.reschedule(world, uid, call.document)
        self.webhooks.emit("BOOKING_RESCHEDULED", moved.record)
        return success(self._shown(moved), status=201)

    def _list(self, version: str, query: Mapping[str, str]) -> Reply:
        if version == OLDEST:
            return listing.oldest(self.world)
        return (listing.by_cursor if version == "2026-05-01" else listing.by_offset)(self.world, query)

    def _get(self, uid: str, version: str) -> Reply:
        view = self.world.view(is_list=False)
        found = self.world.read(uid)
        if found is not None:
            return success(render_oldest(found) if version == OLDEST else render(found, view))
        series = sorted((row for row in self.world.all_read() if row.recurring_uid == uid), key=lambda row: row.start)
        if not series:
            raise Denied(404, f"Booking with uid={uid} was not found in the database")
        return success([render(row, view) for row in series])

    def _create(self, body: Any) -> Reply:
        made = creating.create(self.world, body)
        for one in made:
            if one.is_new:
                self.webhooks.emit(_created(one.record), one.record)
        shown = [self._shown(one) for one in made]
        return success(shown if made[0].record.recurring_uid else shown[0], status=201)

    def _shown(self, written: creating.Written) -> dict[str, Any]:
        """The answer to a writing names the seat beside the booking."""
        shown = render(written.record, self.world.view(is_list=False))
        return shown | ({"seatUid": written.seat_uid} if written.seat_uid else {})

    async def _cancel(self, uid: str, call: Call) -> Reply:
        order = writing.check_cancel(self.world, uid, call.document, is_host=call.token in self.world.keys)
        # The message leaves before the row changes: who reads at once still finds the booking accepted.
        for record in order.records:
            self.webhooks.emit("BOOKING_CANCELLED", record)
        await self.webhooks.deliver()
        done = [writing.carry_out(self.world, record, order) for record in order.records]
        view = self.world.view(is_list=False)
        return success([render(one, view) for one in done] if order.is_series else render(done[0], view))


def _created(record: Record) -> str:
    return "BOOKING_REQUESTED" if record.status == "pending" else "BOOKING_CREATED"
