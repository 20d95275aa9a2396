"""Registration with Airflow. Imported by every Airflow process, so nothing here is heavy."""

import os
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin

from data_consistency import config
from data_consistency.airflow import notes, pools
from data_consistency.airflow.door import PlanDoor

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/consistency"
# Set to false, neither pages nor their entry in the navigation are there.
PAGES = "CONSISTENCY_PAGES"


class Pages:
    """The pages, made when the first of them is asked for: that costs seconds, which only the API server pays."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request."""
        if self._app is None:
            from data_consistency.airflow.pages import create_pages

            self._app = create_pages()
        await self._app(scope, receive, send)


_WANTED = config.flag(os.environ, PAGES, default=True)
_APPS: list[Any] = [{"app": Pages(), "url_prefix": PATH, "name": "Data consistency"}] if _WANTED else []
_VIEWS: list[Any] = (
    [
        {
            "name": "Review queue",
            "href": f"{PATH}/",
            "destination": "nav",
            "category": "browse",
            "url_route": "consistency-review",
        }
    ]
    if _WANTED
    else []
)

_PANELS: list[Any] = (
    [{"name": "Data consistency", "bundle_url": f"{PATH.lstrip('/')}/static/panel.js", "destination": "dashboard"}]
    if _WANTED
    else []
)


class ConsistencyPlugin(AirflowPlugin):
    """Operators, hook and notifiers are plain modules beside this one; DAG files import them by name."""

    name = "data_consistency"
    listeners = [notes, pools]  # noqa: RUF012  # declared so by Airflow
    fastapi_apps = _APPS
    # Also where the pages are switched off: required actions are Airflow's own.
    fastapi_root_middlewares = [{"middleware": PlanDoor, "args": [], "kwargs": {}, "name": "Who may approve plans"}]  # noqa: RUF012
    external_views = _VIEWS
    react_apps = _PANELS
