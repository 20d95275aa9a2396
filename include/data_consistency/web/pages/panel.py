"""The panel on Airflow's home page: what waits, for whom, in each database that the visitor may see."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from data_consistency.console import waiting
from data_consistency.console.waiting import Waiting
from data_consistency.errors import DataConsistencyError
from data_consistency.logs import logger_of
from data_consistency.web.pages.house import House, Refused, Visitor
from data_consistency.web.pages.rendering import panel_script, render

logger = logger_of(__name__)

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One database in the panel."""

    source: str
    visitor: Visitor
    waiting: Waiting | None  # None: it does not answer or is not ready, or they see some companies of it alone

    @property
    def is_whole(self) -> bool:
        """Whether they see every company of it."""
        return self.visitor.person.companies is None


def router_of(house: House) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/panel")
    async def panel(request: Request) -> Response:
        """Databases that they may see as a whole."""
        shown = await databases(request, house)
        return render(request, house, "panel.html.j2", shown=[one for one in shown if one.is_whole])

    @router.get("/static/panel.js")
    def script() -> Response:
        """What Airflow loads; it opens the panel in a frame."""
        return Response(
            panel_script(), media_type="text/javascript", headers={"Cache-Control": f"private, max-age={_DAY}"}
        )

    return router


async def databases(request: Request, house: House) -> list[Shown]:
    """The databases that a visitor may look at, and what waits there; one that is away stops no other."""
    shown = []
    for source in house.sources():
        try:
            visitor = await house.admit(request, source)
        except Refused:
            continue
        found = None if visitor.person.companies is not None else await run_in_threadpool(_waiting, house, source)
        shown.append(Shown(source=source, visitor=visitor, waiting=found))
    return shown


def _waiting(house: House, source: str) -> Waiting | None:
    try:
        return waiting.read(house.runtime(source))
    except DataConsistencyError as error:
        logger.warning("panel without source=%s error=%s", source, type(error).__name__)
        return None
