"""The control API of the fake server, outside /v2: arrange the world, read what was asked."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consistency_sandbox.fake_calcom import seats, writing
from consistency_sandbox.fake_calcom.api import Api
from consistency_sandbox.fake_calcom.faults import fault_from
from consistency_sandbox.fake_calcom.records import ODD_ROWS, Record, Seat, instant, iso
from consistency_sandbox.fake_calcom.rendering import render
from consistency_sandbox.fake_calcom.webhooks import Delivery, Subscription
from consistency_sandbox.fake_calcom.world import Key, Switches, World
from data_consistency.errors import WrongUse

_Arrange = Callable[[Api, Any], Any]
_TIMES = ("start", "end", "created_at", "updated_at")


def build(api: Api, *, stop: Callable[[], None]) -> Starlette:
    """The control API; `stop` closes the listening socket for `World.refuse_for` seconds."""

    def refuse(_: Api, document: Any) -> None:
        api.world.refuse_for = float(document["seconds"])
        stop()

    arrangements: dict[str, _Arrange] = {
        "bookings": _add,
        "faults": lambda api, one: api.world.faults.append(fault_from(one)),
        "clock": _advance,
        "switches": _switch,
        "keys": _key,
        "between-pages": lambda api, actions: api.world.between_pages.extend(actions),
        "webhooks": _subscribe,
        "act": lambda api, action: act(api.world, action),
        "refuse": refuse,
    }
    reports: dict[str, Callable[[Api], Any]] = {
        "requests": lambda api: [dataclasses.asdict(one) for one in api.world.log],
        "bookings": lambda api: [render(row) for row in api.world.all_stored()],
        "deliveries": lambda api: [_shown(one) for one in api.webhooks.sent],
        "clock": lambda api: {"now": iso(api.world.clock.now())},
    }
    routes = [Route(f"/control/{name}", _post(api, change), methods=["POST"]) for name, change in arrangements.items()]
    routes += [Route(f"/control/{name}", _get(api, report), methods=["GET"]) for name, report in reports.items()]
    return Starlette(routes=routes)


def act(world: World, action: Mapping[str, Any]) -> Record | None:
    """One thing that happens to the calendar without us, as its `do` says.

    Insert, cancel, move, request_move, touch, delete; a guest sits down in a seated booking, or rises.

    Raises:
        WrongUse: no such action or booking.
    """
    do, uid = str(action.get("do")), action.get("uid", "")
    if do == "insert":
        return add(world, action.get("booking", {}))
    record = world.stored(uid)
    if record is None:
        raise WrongUse("no such booking")
    if do not in _ACTIONS:
        raise WrongUse(f"no such action: {do}")
    return _ACTIONS[do](world, record, action)


def _move(world: World, record: Record, action: Mapping[str, Any]) -> Record:
    return writing.move(world, record, record.start + timedelta(hours=float(action.get("hours", 24))))[0]


def _touch(world: World, record: Record, _action: Mapping[str, Any]) -> Record:
    touched = dataclasses.replace(record, updated_at=world.clock.now())
    world.put(touched)
    return touched


def _delete(world: World, record: Record, _action: Mapping[str, Any]) -> None:
    world.forget(record.uid)


_ACTIONS: Mapping[str, Callable[[World, Record, Mapping[str, Any]], Record | None]] = {
    "cancel": lambda world, record, _action: writing.cancel(world, record, ""),
    "request_move": lambda world, record, _action: writing.cancel(world, record, "asked for another time"),
    "move": _move,
    "touch": _touch,
    "delete": _delete,
    "sit": lambda world, record, action: seats.sit(world, record, Seat(**action["seat"])),
    "rise": lambda world, record, action: seats.rise(world, record, str(action["seat"])),
}


def add(world: World, document: Mapping[str, Any]) -> Record:
    """A booking from JSON; `odd` names rows that the real server was seen to send."""
    facts = dict(document)
    odd = facts.pop("odd", None)
    for name in _TIMES:
        if facts.get(name):
            facts[name] = instant(facts[name])
    if "seats" in facts:
        facts["seats"] = tuple(Seat(**seat) for seat in facts["seats"])
    if odd is not None:
        facts["overrides"] = {**ODD_ROWS[odd], **facts.get("overrides", {})}
    return world.add(**facts)


def _add(api: Api, document: Any) -> list[str]:
    return [add(api.world, one).uid for one in document]


def _advance(api: Api, document: Any) -> dict[str, str]:
    api.world.clock.advance(float(document["seconds"]))
    return {"now": iso(api.world.clock.now())}


def _switch(api: Api, document: Any) -> None:
    api.world.switches = Switches(**{**dataclasses.asdict(api.world.switches), **document})


def _key(api: Api, document: Any) -> None:
    api.world.keys[document["key"]] = Key(
        oauth=document.get("oauth", False), requests_left=document.get("requests_left")
    )


def _subscribe(api: Api, document: Any) -> None:
    if "url" in document:
        api.webhooks.subscriptions.append(
            Subscription(
                url=document["url"], secret=document.get("secret"), triggers=tuple(document.get("triggers", ()))
            )
        )
    api.webhooks.modes.extend(document.get("modes", ()))


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {
        "url": delivery.url,
        "trigger": delivery.trigger,
        "headers": dict(delivery.headers),
        "body": delivery.body.decode(),
        "status": delivery.status,
    }


def _post(api: Api, change: _Arrange) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            result = change(api, await request.json())
        except (WrongUse, KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
        await api.webhooks.deliver()
        if isinstance(result, Record):
            result = render(result)
        return JSONResponse({"result": result})

    return handle


def _get(api: Api, report: Callable[[Api], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(_: Request) -> Response:
        return JSONResponse(report(api))

    return handle
