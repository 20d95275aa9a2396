"""The list of items, one item, and what a person does with it."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from data_consistency.errors import GateClosed, WrongUse
from data_consistency.ledger.items import Decision, ItemKind, Reason
from data_consistency.review.decisions import ItemChanged
from data_consistency.review.handling import MAX_NOTE
from data_consistency.review.listing import Filters, State, list_page
from data_consistency.review.sight import Sight, see
from data_consistency.review.viewers import Viewer
from data_consistency.rules import Severity
from data_consistency.runtime import Runtime
from data_consistency.web.pages import actions
from data_consistency.web.pages.forms import Form
from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.rendering import redirect, render

_T = TypeVar("_T", State, ItemKind, Severity)
_LONGEST_FILTER = 100
_FILTERS = ("state", "kind", "company", "rule", "severity", "assignee", "older", "q")
SNOOZE_DAYS = (1, 3, 7, 30)
_OLDER_DAYS = (1, 3, 7, 30)
# What was written by a decision can be taken back by it.
_WRITTEN = frozenset({Decision.APPROVED.value, Decision.EDITED.value})


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/items")
    def listed(request: Request, source: str) -> Response:
        """Open items, those that press first."""
        rt, person = house.runtime(source), _person(request)
        chosen = {name: request.query_params.get(name, "")[:_LONGEST_FILTER] for name in _FILTERS}
        filters = _filters(chosen)
        page = list_page(rt, person, filters, after=request.query_params.get("after"))
        kept = urlencode({name: value for name, value in chosen.items() if value})
        return render(
            request,
            house,
            "items.html.j2",
            page=page,
            filters=filters,
            kept=kept,
            is_first="after" not in request.query_params,
            states=State,
            kinds=ItemKind,
            severities=Severity,
            ages=_OLDER_DAYS,
            reasons=Reason,
        )

    @router.get("/{source}/items/{item_id}")
    def shown(request: Request, source: str, item_id: int) -> Response:
        """One item with all that belongs to it."""
        rt, person = house.runtime(source), _person(request)
        done = request.query_params.get("done", "")
        notice = {"key": f"done_{done}", "detail": "", "is_bad": False} if done in actions.DONE else None
        return _show(request, house, rt, see(rt, item_id, person), notice)

    @router.post("/{source}/items/{item_id}/{action}")
    def decide(request: Request, source: str, item_id: int, action: str) -> Response:
        """What a person does with it; the page afterwards says what came of it."""
        if action not in actions.ACTIONS:
            raise Refused(HTTPStatus.NOT_FOUND, "missing")
        rt, person = house.runtime(source), _person(request)
        form: Form = request.state.form
        try:
            done = actions.ACTIONS[action](rt, item_id, person, form)
        except (WrongUse, GateClosed) as error:
            notice = refusal_of(error)
            with suppress(WrongUse):  # there is no such item: the page about that
                return _show(request, house, rt, see(rt, item_id, person), notice, status=HTTPStatus.CONFLICT)
            raise
        return redirect(request, f"/{source}/items/{item_id}?done={done}")

    return router


def refusal_of(error: Exception) -> Mapping[str, object]:
    """What a page says of a decision that was not made."""
    if isinstance(error, ItemChanged):
        return {"key": "changed", "detail": "", "is_bad": True}
    key = "gate_closed" if isinstance(error, GateClosed) else "refused"
    return {"key": key, "detail": str(error), "is_bad": True}


def _show(
    request: Request,
    house: House,
    rt: Runtime,
    sight: Sight,
    notice: Mapping[str, object] | None,
    *,
    status: int = HTTPStatus.OK,
) -> Response:
    item = sight.item
    can_undo = sight.table is not None and (
        item.decision in _WRITTEN or (item.kind is ItemKind.CONFIRMATION and item.is_open)
    )
    return render(
        request,
        house,
        "item.html.j2",
        status=status,
        sight=sight,
        item=item,
        notice=notice,
        can_undo=can_undo,
        is_dry=rt.source.dry_run,
        is_off=not rt.source.corrections_enabled,
        reasons=Reason,
        snooze_days=SNOOZE_DAYS,
        max_note=MAX_NOTE,
    )


def _person(request: Request) -> Viewer:
    person = request.state.visitor.person
    assert isinstance(person, Viewer)
    return person


def _filters(chosen: Mapping[str, str]) -> Filters:
    company = chosen["company"]
    return Filters(
        state=_one_of(State, chosen["state"]) or State.OPEN,
        kind=_one_of(ItemKind, chosen["kind"]) or ItemKind.QUESTION,
        company_id=int(company) if company.isascii() and company.isdigit() and len(company) < len(str(2**63)) else None,
        rule=chosen["rule"] or None,
        severity=_one_of(Severity, chosen["severity"]),
        assignee=chosen["assignee"] or None,
        older_days=next((days for days in _OLDER_DAYS if chosen["older"] == str(days)), None),
        text=chosen["q"],
    )


def _one_of(kind: type[_T], value: str) -> _T | None:
    """What was chosen; None: nothing that can be."""
    return next((one for one in kind if one.value == value), None)
