"""Who may answer a required action about a plan: whoever may let plans through on the page, nobody else.

Airflow itself lets everybody answer who may answer questions of the DAG at all, which is a reviewer's right. Deciding
about a plan takes more (`pages.role_of`), so the API server asks before it hands such an answer on.
"""

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

APPROVALS = "consistency_approvals"
_ANSWER = re.compile(rf"/dags/(?P<dag>{APPROVALS}(?:__\w+)?)/dagRuns/.+/hitlDetails/*$")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class PlanDoor:
    """Refuses answers of those who may not let plans through; everything else passes untouched."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Hand a request on, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in _READS:
            found = _ANSWER.search(scope["path"])
            if found is not None:
                refused = await _refused(scope, found["dag"])
                if refused is not None:
                    await _answer(send, *refused)
                    return
        await self._app(scope, receive, send)


async def _refused(scope: "Scope", dag_id: str) -> tuple[HTTPStatus, str] | None:
    """Status and reason of a refusal; None: they may."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException, Request
    from starlette.concurrency import run_in_threadpool

    from data_consistency.airflow.pages import may_let_plans_through

    request = Request(scope)
    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException as error:
        # Refused here: behind this door Airflow would renew an old session, and take the answer unasked.
        return HTTPStatus(error.status_code), str(error.detail)
    if await run_in_threadpool(may_let_plans_through, user, dag_id):
        return None
    return HTTPStatus.FORBIDDEN, "letting a plan through takes the right to change the connection of its database"


async def _answer(send: "Send", status: HTTPStatus, detail: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
