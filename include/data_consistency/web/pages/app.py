"""The application: who may come in is asked before every route, what they send is taken from our own pages alone."""

from http import HTTPStatus

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from data_consistency.errors import (
    DatabaseUnavailable,
    DataConsistencyError,
    OutcomeUnknown,
    WrongUse,
)
from data_consistency.logs import logger_of
from data_consistency.review.viewers import Role
from data_consistency.web.pages import bulk, forms, incidents, items, panel, reports, runs, services, standing
from data_consistency.web.pages.house import House, Refused
from data_consistency.web.pages.rendering import Headers, redirect, render, stylesheet

logger = logger_of(__name__)

_DAY = 86_400


def create_app(house: House) -> FastAPI:
    """The pages.

    Args:
        house: says who asks, and where the databases are.
    """

    async def at_the_door(request: Request) -> None:
        """Asked before every route there is or will be."""
        source = request.path_params.get("source")
        if source is not None and source not in house.sources():
            await house.admit(request, None)
            raise Refused(HTTPStatus.NOT_FOUND, "missing")
        visitor = await house.admit(request, source)
        request.state.visitor = visitor
        if request.method not in forms.SAFE:
            forms.require_own_page(request, house)
            form = await forms.read_form(request)
            forms.require_token(form, house, visitor)
            if not visitor.person.may(Role.REVIEWER):
                raise Refused(HTTPStatus.FORBIDDEN, "may_not")
            request.state.form = form

    # The framework's pages about the description would load their scripts from elsewhere.
    app = FastAPI(dependencies=[Depends(at_the_door)], docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Headers)
    _install_refusals(app, house)

    @app.get("/")
    async def choose(request: Request) -> Response:
        """The list of the one database, or a choice among those they may look at, with what waits in each."""
        names = house.sources()
        if len(names) == 1:
            return redirect(request, f"/{names[0]}/items")
        return render(request, house, "sources.html.j2", shown=await panel.databases(request, house))

    @app.get("/static/pages.css")
    def style() -> Response:
        """The one stylesheet."""
        return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": f"private, max-age={_DAY}"})

    _include(app, house)
    return app


def _include(app: FastAPI, house: House) -> None:
    for part in (panel, items, bulk, incidents, standing, runs, services, reports):
        app.include_router(part.router_of(house))


def _install_refusals(app: FastAPI, house: House) -> None:
    """Every error is a page that says what to do; none quotes what somebody sent."""

    def refused(request: Request, error: Exception) -> Response:
        status, title, text, detail = _said_of(error)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            logger.warning("page failed error=%s", type(error).__name__)
        return render(request, house, "refusal.html.j2", status=status, title=title, text=text, detail=detail)

    for kind in (Refused, DataConsistencyError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, refused)


def _said_of(error: Exception) -> tuple[int, str, str, str]:
    """Status, title, text and detail of the page about an error; titles and texts are keys of the words."""
    unavailable = HTTPStatus.SERVICE_UNAVAILABLE
    match error:
        case Refused(status=status, why=why):
            return status, "missing_title" if status == HTTPStatus.NOT_FOUND else "forbidden_title", why, ""
        case OutcomeUnknown():
            return unavailable, "away_title", "unknown_outcome", ""
        case DatabaseUnavailable():
            return unavailable, "away_title", "away", ""
        case WrongUse() | RequestValidationError():  # no such item, incident or page of a list
            return HTTPStatus.NOT_FOUND, "missing_title", "missing", ""
        case DataConsistencyError():
            return unavailable, "not_ready_title", "away", str(error)
        case HTTPException(status_code=status):
            return status, "missing_title", "missing", ""
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR, "broken_title", "broken", ""
