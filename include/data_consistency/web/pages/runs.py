"""Runs that changed rows, and their way back: shown first, done when the number of rows is typed."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from data_consistency.console import corrections
from data_consistency.errors import WrongUse
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from data_consistency.web.pages.house import House
from data_consistency.web.pages.items import refusal_of
from data_consistency.web.pages.rendering import redirect, render
from data_consistency.web.pages.whole import form_of, number, person_of, runtime_of

_MOST_REFUSED = 20  # rows that are named
_LONGEST = 200  # of an id
_UNDONE = "run_undone"


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/{source}/runs")
    def listed(request: Request, source: str) -> Response:
        """The newest first."""
        before = request.query_params.get("before")
        found, more = corrections.list_runs(
            runtime_of(request, house, source), before=None if before is None else number(before)
        )
        return render(request, house, "runs.html.j2", found=found, more=more, is_first=before is None)

    @router.get("/{source}/run")
    def shown(request: Request, source: str) -> Response:
        """One; its id may hold any character, so that it is no part of the path."""
        is_undone = request.query_params.get("done") == _UNDONE
        notice = {"key": f"done_{_UNDONE}", "detail": "", "is_bad": False} if is_undone else None
        rt = runtime_of(request, house, source)
        return _show(request, house, rt, request.query_params.get("id", ""), notice)

    @router.post("/{source}/run")
    def undo(request: Request, source: str) -> Response:
        """Take its changes back."""
        rt, form = runtime_of(request, house, source), form_of(request)
        run_id = form.text("id")
        shown = corrections.show_run(rt, run_id[:_LONGEST])
        notice: Mapping[str, object]
        if form.text("count") != str(shown.standing) or not shown.standing:
            notice = {"key": "undo_wrong", "detail": "", "is_bad": True}
            return _show(request, house, rt, run_id, notice, HTTPStatus.CONFLICT)
        try:
            counts = decisions.undo(rt, person_of(request), run_id=shown.run_id)
        except WrongUse as error:
            return _show(request, house, rt, run_id, refusal_of(error), HTTPStatus.CONFLICT)
        if not counts.refused:
            return redirect(request, f"/{source}/run?{urlencode({'id': run_id, 'done': _UNDONE})}")
        rows = "; ".join(counts.refused_rows[:_MOST_REFUSED])
        notice = {"key": "run_undone_partly", "detail": rows, "is_bad": True}
        return _show(request, house, rt, run_id, notice, HTTPStatus.CONFLICT)

    return router


def _show(
    request: Request,
    house: House,
    rt: Runtime,
    run_id: str,
    notice: Mapping[str, object] | None,
    status: int = HTTPStatus.OK,
) -> Response:
    shown = corrections.show_run(rt, run_id[:_LONGEST])
    return render(request, house, "run.html.j2", status=status, run=shown, notice=notice)
