"""Pages for tests: a house with visitors of our choice, and a client that behaves as a browser does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from fastapi import Request
from fastapi.testclient import TestClient

from data_consistency.review.viewers import Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.app import create_app
from data_consistency.web.pages.house import Refused, Visitor

HOST = "http://pages.example.org"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')


@dataclass(kw_only=True)
class FakeHouse:
    """Databases by name; whoever the test says stands at the door."""

    runtimes: Mapping[str, Runtime]
    person: Viewer | None = None
    session: str = "one"
    asked: list[str | None] = field(default_factory=list)

    def sources(self) -> Sequence[str]:
        return tuple(self.runtimes)

    async def admit(self, request: Request, source: str | None) -> Visitor:
        self.asked.append(source)
        if self.person is None:
            raise Refused(401, "sign_in")
        return Visitor(person=self.person, session=self.session)

    def runtime(self, source: str) -> Runtime:
        return self.runtimes[source]

    def secret(self) -> bytes:
        return b"secret of a test"

    def origins(self) -> frozenset[str]:
        return frozenset({"https://outside.example.org"})


class Visit:
    """One browser before the pages."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house
        self.app = create_app(house)
        self._client = TestClient(self.app, base_url=HOST, raise_server_exceptions=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return self._client.get(path, headers=headers)

    def post(
        self, path: str, fields: Mapping[str, object], *, origin: str | None = HOST, **headers: str
    ) -> httpx.Response:
        """Send a form, as from a page of this house; follows to the page that tells what came of it."""
        if origin is not None:
            headers["origin"] = origin
        return self._client.post(path, data=dict(fields), headers=headers)

    def token(self, path: str) -> str:
        """What the forms of a page carry."""
        found = _TOKEN.search(self.get(path).text)
        assert found is not None
        return found[1]

    def act(self, item_id: int, action: str, source: str = "default", **fields: object) -> httpx.Response:
        """Open an item and send one of its forms."""
        path = f"/{source}/items/{item_id}"
        page = self.get(path).text
        carried = {"token": _TOKEN.findall(page)[:1], "shown": _SHOWN.findall(page)[:1]}
        return self.post(f"{path}/{action}", {**carried, **fields})
