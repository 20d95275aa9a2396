"""Requests have a deadline to arrive, and room is kept for those that come next.

A connection on which no whole request has arrived costs a socket. It is closed after a while, and the oldest of them
at once where they are too many: whoever opens hundreds and sends nothing keeps nobody out.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

# For the head of a request, and again for its body.
SECONDS = 10.0
# Half requests at once; with the requests under way they stay below the usual limit of 1024 files.
MOST = 384


_Base: Any = AutoHTTPProtocol


class Room:
    """The connections on which a head is waited for."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._waiting: OrderedDict[Arriving, asyncio.TimerHandle] = OrderedDict()

    def enter(self, connection: "Arriving") -> None:
        """Wait for a head, unless that is done already; the oldest makes room."""
        if connection in self._waiting:
            return
        if len(self._waiting) >= self._most:
            next(iter(self._waiting)).give_up()
        self._waiting[connection] = asyncio.get_running_loop().call_later(self._seconds, connection.give_up)

    def leave(self, connection: "Arriving") -> None:
        """Wait no longer."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()


class Arriving(_Base):  # type: ignore[misc]  # one of two classes, by what is installed
    """One connection."""

    room: ClassVar[Room]

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self.room.enter(self)

    def data_received(self, data: bytes) -> None:
        """Wait no longer once the head has arrived; of the next request, from its first byte on."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self.room.leave(self)
        else:
            self.room.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits."""
        self.room.leave(self)
        super().connection_lost(exc)

    def give_up(self) -> None:
        """Close it."""
        self.room.leave(self)
        self.transport.close()


def protocol(seconds: float = SECONDS, most: int = MOST) -> type[asyncio.Protocol]:
    """The server's protocol, which waits so long for the head of a request, and for so many at once."""
    return type("Protocol", (Arriving,), {"room": Room(seconds, most)})
