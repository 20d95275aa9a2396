"""The pages in Airflow: who asks is what its auth manager says, and the databases are its connections.

Loaded by the API server alone, when a page is asked for; `plugin.py` mounts it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.api_fastapi.auth.managers.models.resource_details import (
    ConnectionDetails,
    DagAccessEntity,
    DagDetails,
)
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from airflow.configuration import conf
from airflow.models.connection import Connection
from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from data_consistency import project, runtime, sources
from data_consistency.airflow.door import APPROVALS
from data_consistency.airflow.hook import ConsistencyHook
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime
from data_consistency.sources import CONNECTION, Source
from data_consistency.web.pages.app import create_app
from data_consistency.web.pages.house import Refused, Visitor

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

# Who may look at the runs of this DAG may look at the queue, and who may answer its questions may decide.
_DAG = "review_queue_processing"


class ServerHook(ConsistencyHook):
    """Connections as the API server finds them: it is no task, and nobody answers it for one."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """A connection of the environment, a secrets backend or Airflow's own database."""
        return Connection.get_connection_from_secrets(conn_id)


class AirflowHouse:
    """Sessions, roles and connections of this Airflow."""

    def __init__(self) -> None:
        self._runtimes: dict[str, tuple[str | None, Runtime]] = {}

    def sources(self) -> Sequence[str]:
        """Names of the watched databases."""
        return tuple(_sources())

    async def admit(self, request: Request, source: str | None) -> Visitor:
        """Who is signed in to Airflow, with what its auth manager lets them do.

        Raises:
            Refused: nobody is, or they may not see the runs that the queue comes from.
        """
        bearer = await bearer_scheme(request)
        try:
            user = await get_user(request, None, bearer)
        except HTTPException as error:
            raise Refused(HTTPStatus.UNAUTHORIZED, "sign_in") from error
        known = _sources()
        asked = known.values() if source is None else (known[source],)
        role = await run_in_threadpool(role_of, user, asked)
        if role is None:
            raise Refused(HTTPStatus.FORBIDDEN, "may_not_look")
        session = bearer.credentials if bearer else request.cookies.get(COOKIE_NAME_JWT_TOKEN, "")
        return Visitor(person=Viewer(name=user.get_name(), role=role), session=session)

    def runtime(self, source: str) -> Runtime:
        """A watched database; its engine is kept while the connection says the same."""
        url = ServerHook(source).database_url()
        known = self._runtimes.get(source)
        if known is None or known[0] != url:
            if known is not None:
                known[1].engine.dispose()
            made = runtime.build(source=source, database_url=url)
            runtime.log_to_file(made.settings)
            known = self._runtimes[source] = (url, made)
        sources.current.set(source)
        return known[1]

    def secret(self) -> bytes:
        """Made of what Airflow signs its own sessions with, so that every process has the same."""
        return hashlib.sha256(
            b"consistency pages\x1f" + conf.get_mandatory_value("api", "secret_key").encode()
        ).digest()

    def origins(self) -> frozenset[str]:
        """Where Airflow says that it is: a proxy before it may hand on another name."""
        parts = urlsplit(conf.get("api", "base_url", fallback="") or "")
        return frozenset({f"{parts.scheme}://{parts.netloc}"} if parts.scheme and parts.netloc else ())


def role_of(user: "BaseUser", asked: Iterable[Source]) -> Role | None:
    """The most that somebody may do in one of some databases; None: not even look.

    Looking takes the right to see what the review DAG asks, deciding the right to answer it, and assigning or letting a
    plan through the right to change the connection of the database, with which one could do anything to it.
    """
    auth = get_auth_manager()
    found: list[Role] = []
    for source in asked:
        dag = DagDetails(id=source.named(_DAG))
        connection = ConnectionDetails(conn_id=source.connection or CONNECTION)
        if not auth.is_authorized_dag(method="GET", access_entity=DagAccessEntity.HITL_DETAIL, details=dag, user=user):
            continue
        if not auth.is_authorized_dag(method="PUT", access_entity=DagAccessEntity.HITL_DETAIL, details=dag, user=user):
            found.append(Role.VIEWER)
        elif auth.is_authorized_connection(method="PUT", details=connection, user=user):
            found.append(Role.ADMIN)
        else:
            found.append(Role.REVIEWER)
    return max(found, key=list(Role).index, default=None)


def may_let_plans_through(user: "BaseUser", dag_id: str) -> bool:
    """Whether somebody may decide about the plans that a DAG asks about; of no watched database: nobody may."""
    asked = [source for source in _sources().values() if source.named(APPROVALS) == dag_id]
    return role_of(user, asked) is Role.ADMIN


def _sources() -> dict[str, Source]:
    return sources.load_sources(project.find())


def create_pages() -> FastAPI:
    """The application that the plugin mounts."""
    return create_app(AirflowHouse())
