"""A road to the test server that loses what it should carry: the answer to a commit, or the commit itself."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from sqlalchemy import URL, Engine, event

from tests import worlds

_COMMIT = b"\x03COMMIT"


class Lost(StrEnum):
    """What the next commit loses."""

    NOTHING = "nothing"
    COMMIT = "commit"  # it never arrives
    ANSWER = "answer"  # it is made, and nobody hears of it


class LossyRoad:
    """Carries bytes between a port of its own and the socket of a server."""

    def __init__(self, socket_path: str) -> None:
        self._path = socket_path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.lose = Lost.NOTHING
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Carry nobody new."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self._path)
            _Pair(self, client, server)


class _Pair:
    def __init__(self, road: LossyRoad, client: socket.socket, server: socket.socket) -> None:
        self._road, self._client, self._server = road, client, server
        self._is_deaf = False
        for carry in (self._to_server, self._to_client):
            threading.Thread(target=carry, daemon=True).start()

    def _to_server(self) -> None:
        while data := self._received(self._client):
            if _COMMIT in data and self._road.lose is not Lost.NOTHING:
                lose, self._road.lose = self._road.lose, Lost.NOTHING
                if lose is Lost.COMMIT:
                    break
                self._is_deaf = True
            self._server.sendall(data)
        self._end()

    def _to_client(self) -> None:
        while (data := self._received(self._server)) and not self._is_deaf:
            self._client.sendall(data)
        self._end()

    def _received(self, side: socket.socket) -> bytes:
        try:
            return side.recv(65536)
        except OSError:
            return b""

    def _end(self) -> None:
        for side in (self._client, self._server):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def lossy_road(url: URL) -> Iterator[tuple[LossyRoad, str]]:
    """A road to the server of a URL, and the URL that leads over it."""
    road = LossyRoad(str(url.query["unix_socket"]))
    try:
        over = URL.create(
            "mysql+pymysql",
            "root",
            host="127.0.0.1",
            port=road.port,
            database=url.database,
            query={"charset": "utf8mb4", "ssl_disabled": "true"},
        )
        yield road, over.render_as_string(hide_password=False)
    finally:
        road.close()


@contextmanager
def killed_after(
    killer: Engine, number: int, victims: Any = Engine, spared: Engine | None = None
) -> Iterator[list[str]]:
    """Within, the server ends the connection that has just run the statement of that number; 0: none.

    Args:
        killer: connects to the same server; its own statements are not counted.
        number: of the statement, from 1.
        victims: an engine, or all.
        spared: an engine whose statements are not counted.

    Yields:
        The statements that were run.
    """
    seen: list[str] = []
    own = worlds.make_engine(killer.url)

    def count(connection: Any, cursor: Any, statement: str, *_rest: object) -> None:
        if connection.engine is own or (spared is not None and connection.engine is spared):
            return
        seen.append(statement)
        if len(seen) == number:
            worlds.execute(own, f"KILL {cursor.connection.thread_id()}")

    event.listen(victims, "after_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(victims, "after_cursor_execute", count)
        own.dispose()
