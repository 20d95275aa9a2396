"""Switches, breakers and messages: how they stand, and what people do about them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from data_consistency.breaker.policy import Mode
from data_consistency.console import handling, services
from data_consistency.errors import WrongUse
from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.forms import Form
from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.items import refusal_of
from data_consistency.web.pages.rendering import redirect, render
from data_consistency.web.pages.whole import form_of, number, person_of, runtime_of

_DONE = frozenset({"switched", "told", "resent", "discarded"})
Act = Callable[[Runtime, Viewer, Form], str]


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/services")
    def shown(request: Request, source: str) -> Response:
        """How they stand."""
        done = request.query_params.get("done", "")
        notice = {"key": f"done_{done}", "detail": "", "is_bad": False} if done in _DONE else None
        return _show(request, house, runtime_of(request, house, source), notice)

    @router.post("/{source}/services/{action}")
    def act(request: Request, source: str, action: str) -> Response:
        """Throw a switch, tell a breaker, send a message again or let it go."""
        if action not in _ACTS:
            raise Refused(HTTPStatus.NOT_FOUND, "missing")
        rt = runtime_of(request, house, source)
        try:
            done = _ACTS[action](rt, person_of(request), form_of(request))
        except WrongUse as error:
            return _show(request, house, rt, refusal_of(error), HTTPStatus.CONFLICT)
        return redirect(request, f"/{source}/services?done={done}")

    return router


def _show(
    request: Request, house: House, rt: Runtime, notice: Mapping[str, object] | None, status: int = HTTPStatus.OK
) -> Response:
    return render(
        request,
        house,
        "services.html.j2",
        status=status,
        found=services.read(rt),
        is_dry=rt.source.dry_run,
        is_off=not rt.source.corrections_enabled,
        breaker_modes=Mode,
        notice=notice,
    )


def _switch(rt: Runtime, person: Viewer, form: Form) -> str:
    _require_sure(form)
    wanted = form.text("to")
    if wanted not in {"on", "off"}:
        raise WrongUse("say on or off")
    handling.throw_switch(rt, person, form.text("name"), on=wanted == "on")
    return "switched"


def _breaker(rt: Runtime, person: Viewer, form: Form) -> str:
    _require_sure(form)
    mode = next((one for one in Mode if one.value == form.text("mode")), None)
    if mode is None:
        raise WrongUse("choose what the breaker is to do")
    handling.tell_breaker(rt, person, form.text("key"), mode, reason=form.text("reason"))
    return "told"


def _resend(rt: Runtime, person: Viewer, form: Form) -> str:
    handling.resend(rt, person, number(form.text("id")))
    return "resent"


def _discard(rt: Runtime, person: Viewer, form: Form) -> str:
    _require_sure(form)
    handling.discard(rt, person, number(form.text("id")))
    return "discarded"


_ACTS: Mapping[str, Act] = {"switch": _switch, "breaker": _breaker, "resend": _resend, "discard": _discard}


def _require_sure(form: Form) -> None:
    """What acts everywhere at once takes a second step."""
    if not form.has("sure"):
        raise WrongUse("tick that it is meant so; nothing was changed")
