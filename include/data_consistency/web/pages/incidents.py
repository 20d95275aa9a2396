"""What stopped a correction: the plan that waits, row by row, and the decision about it."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from data_consistency.errors import WrongUse
from data_consistency.review import decisions
from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.items import refusal_of
from data_consistency.web.pages.rendering import redirect, render

_MOST_ROWS = 200
_DECISIONS = {"approve": decisions.approve_incident, "reject": decisions.reject_incident}
_DONE = frozenset({"incident_approved", "incident_rejected"})


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/incidents")
    def listed(request: Request, source: str) -> Response:
        """What waits for a person."""
        person = request.state.visitor.person
        found = [one for one in decisions.list_incidents(house.runtime(source)) if person.sees(one.company_id)]
        return render(request, house, "incidents.html.j2", found=found)

    def show(
        request: Request, source: str, incident_id: int, notice: object = None, status: int = HTTPStatus.OK
    ) -> Response:
        shown = decisions.show_incident(house.runtime(source), incident_id, request.state.visitor.person)
        return render(
            request,
            house,
            "incident.html.j2",
            status=status,
            incident=shown.incident,
            rows=shown.rows[:_MOST_ROWS],
            of=len(shown.rows),
            notice=notice,
        )

    @router.get("/{source}/incidents/{incident_id}")
    def shown(request: Request, source: str, incident_id: int) -> Response:
        """One, with its plan."""
        done = request.query_params.get("done", "")
        return show(
            request,
            source,
            incident_id,
            {"key": f"done_{done}", "detail": "", "is_bad": False} if done in _DONE else None,
        )

    @router.post("/{source}/incidents/{incident_id}/{decision}")
    def decide(request: Request, source: str, incident_id: int, decision: str) -> Response:
        """Approve or refuse the plan."""
        if decision not in _DECISIONS:
            raise Refused(HTTPStatus.NOT_FOUND, "missing")
        try:
            decided = _DECISIONS[decision](house.runtime(source), incident_id, request.state.visitor.person)
        except WrongUse as error:
            return show(request, source, incident_id, refusal_of(error), HTTPStatus.CONFLICT)
        return redirect(request, f"/{source}/incidents/{incident_id}?done=incident_{decided.status}")

    return router
