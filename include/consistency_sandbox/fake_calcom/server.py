"""The fake server on the loopback address: in a thread for tests, in the foreground for people."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from consistency_sandbox.fake_calcom.control import act, add
from consistency_sandbox.fake_calcom.faults import Fault, Kind
from consistency_sandbox.fake_calcom.front import FakeApp
from consistency_sandbox.fake_calcom.records import Record
from consistency_sandbox.fake_calcom.world import KEY, Key, World
from data_consistency.calendar.calcom.connection import HOSTED, Connection, Limits, Versions
from data_consistency.errors import DataConsistencyError, WrongUse

_HOST = "127.0.0.1"  # never another: whoever reaches it may do anything
_SECONDS = 20.0


class FakeCalcom:
    """A server of its own on a free port; use it as a context manager."""

    def __init__(self, *, port: int = 0, seed: int = 1, world: World | None = None) -> None:
        self.world = world or World(seed=seed)
        self.app = FakeApp(self.world, stop=self._ask_to_stop)
        self.port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "FakeCalcom":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{_HOST}:{self.port}"

    def connection(self, *, key: str = KEY, versions: Versions = HOSTED, limits: Limits | None = None) -> Connection:
        """How a client reaches it."""
        return Connection(key=key, base_url=self.url, versions=versions, limits=limits or Limits())

    def start(self) -> None:
        """Listen, and answer from a thread.

        Raises:
            DataConsistencyError: it did not start.
        """
        self._thread = threading.Thread(target=self.serve, args=(self.listen(),), name="fake-calcom", daemon=True)
        self._thread.start()
        until = time.monotonic() + _SECONDS
        while self._server is None or not self._server.started:
            if time.monotonic() > until or not self._thread.is_alive():
                raise DataConsistencyError(f"the fake Cal.com did not start on port {self.port}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop listening; the world stays."""
        self._ask_to_stop()
        if self._thread is not None:
            self._thread.join(_SECONDS)
        self._server = self._thread = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Within, connections are refused."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def add(self, **document: Any) -> Record:
        """A booking, as the control API adds it."""
        return add(self.world, document)

    def act(self, do: str, **more: Any) -> Record | None:
        """Something that happens to the calendar without us."""
        return act(self.world, {"do": do, **more})

    def reset(self, *, seed: int = 1) -> None:
        """A new world behind the same address."""
        self.world = World(seed=seed)
        self.app = FakeApp(self.world, stop=self._ask_to_stop)

    def key(self, key: str, *, oauth: bool = False, requests_left: int | None = None) -> None:
        """A further credential; it expires after so many requests."""
        self.world.keys[key] = Key(oauth=oauth, requests_left=requests_left)

    def fail(self, kind: Kind, **more: Any) -> None:
        """The next fitting request meets a fault."""
        self.world.faults.append(Fault(kind=kind, **more))

    def listen(self) -> socket.socket:
        """Take the port.

        Raises:
            WrongUse: somebody else has it.
        """
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((_HOST, self.port))
        except OSError as error:
            listening.close()
            raise WrongUse(f"port {self.port} on {_HOST}: {error.strerror}; name another with --port") from error
        listening.listen(128)
        self.port = listening.getsockname()[1]
        return listening

    def serve(self, listening: socket.socket) -> None:
        """Answer until stopped or interrupted."""
        while True:
            config = uvicorn.Config(
                self._answer,
                interface="asgi3",
                log_level=logging.CRITICAL,
                access_log=False,
                log_config=None,
                lifespan="off",
                ws="none",
            )
            self._server = uvicorn.Server(config)
            self._server.run(sockets=[listening])
            away, self.world.refuse_for = self.world.refuse_for, 0.0
            if not away:
                return
            time.sleep(away)
            listening = self.listen()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def _ask_to_stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
            self._server.force_exit = not self.world.refuse_for  # a refusal is answered before it begins
