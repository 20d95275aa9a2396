"""The booking service as a process of its own, for tests that meet it as its callers do."""

import os
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from consistency_sandbox.demo import booking_service
from data_consistency.db.transactions import transaction
from data_consistency.ledger import api_keys
from data_consistency.runtime import Runtime
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Service:
    """A running service and a key of company 1."""

    url: str
    key: str
    process: subprocess.Popen[str]

    def post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        """One request with a key."""
        return httpx.post(
            f"{self.url}{path}", json=body, headers={"Authorization": f"Bearer {key or self.key}"}, timeout=PATIENCE
        )


def make_key(rt: Runtime, company: int, name: str = "k", days: float | None = None) -> str:
    """A key of a company; negative days: expired."""
    with transaction(rt.engine) as connection:
        expires = None if days is None else rt.now() + timedelta(days=days)
        return api_keys.create(
            connection, company_id=company, name=name, expires_at=expires, actor="test", now=rt.now()
        )


def start(rt: Runtime, *options: str, **settings: str) -> "subprocess.Popen[str]":
    """The command, as an operator types it; settings without their `CONSISTENCY_`."""
    url = rt.engine.url.render_as_string(hide_password=False)
    # A trial run is the default, and it would hold the guard back, too.
    own = {f"CONSISTENCY_{name}": value for name, value in {"DB_URL": url, "DRY_RUN": "0", **settings}.items()}
    return booking_service.start({**os.environ, **own}, *options)


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem details of an answer, which must be some."""
    assert "application/problem+json" == answer.headers["content-type"]
    body = answer.json()
    assert answer.status_code == body["status"]
    assert {"title", "status", "detail"} <= set(body)
    return dict(body)
