"""Several items at once: shown again with their number, done only when the number is typed; one decision each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from data_consistency.errors import GateClosed, WrongUse
from data_consistency.ledger.items import Item, Reason
from data_consistency.review import decisions
from data_consistency.review.listing import PAGE_SIZE
from data_consistency.web.pages import actions
from data_consistency.web.pages.forms import Form
from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.items import refusal_of
from data_consistency.web.pages.rendering import render

_ACTIONS = ("claim", "approve", "dismiss", "snooze")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one item."""

    item_id: int
    notice: Mapping[str, object]


def router_of(house: House) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.post("/{source}/bulk")
    def several(request: Request, source: str) -> Response:
        """Ask for the number, then do it."""
        rt, person, form = house.runtime(source), request.state.visitor.person, request.state.form
        chosen = _chosen(form)
        action = form.text("action")
        if action not in _ACTIONS:
            raise Refused(HTTPStatus.NOT_FOUND, "missing")
        typed = form.text("count")
        if not chosen or typed != str(len(chosen)):
            key = "bulk_nothing" if not chosen else "bulk_wrong"
            is_wrong = not chosen or form.has("count")
            found = [decisions.look(rt, item_id, person) for item_id in chosen]
            return render(
                request,
                house,
                "bulk.html.j2",
                status=HTTPStatus.CONFLICT if is_wrong else HTTPStatus.OK,
                notice={"key": key, "detail": "", "is_bad": True} if is_wrong else None,
                items=found,
                tokens=chosen,
                action=action,
                form=form,
                reasons=Reason,
                outcomes=None,
            )
        outcomes = []
        for item_id, shown in chosen.items():
            own = Form({**form.fields, "shown": [shown]})
            try:
                done = actions.ACTIONS[action](rt, item_id, person, own)
                outcomes.append(Outcome(item_id=item_id, notice={"key": f"done_{done}", "detail": "", "is_bad": False}))
            except (WrongUse, GateClosed) as error:
                outcomes.append(Outcome(item_id=item_id, notice=refusal_of(error)))
        return _told(request, house, outcomes, action, form)

    return router


def _told(request: Request, house: House, outcomes: Sequence[Outcome], action: str, form: Form) -> Response:
    no_items: list[Item] = []
    return render(
        request,
        house,
        "bulk.html.j2",
        items=no_items,
        tokens={},
        action=action,
        form=form,
        reasons=Reason,
        outcomes=outcomes,
    )


def _chosen(form: Form) -> dict[int, str]:
    """Items with what was shown of each."""
    found: dict[int, str] = {}
    for one in form.all("item")[:PAGE_SIZE]:
        number, _, shown = one.partition(":")
        if number.isascii() and number.isdigit() and len(number) < len(str(2**63)):
            found[int(number)] = shown
    return found
