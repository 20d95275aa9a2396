"""Requests have a deadline to arrive, and room is kept for those that come next.

A connection on which no whole request has arrived costs a socket. It is closed after a while, and at once where they
are too many: the oldest of the address that has most of them, so that whoever opens hundreds keeps nobody else out.
"""

import asyncio
from collections import Counter, OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.auto import AutoHTTPProtocol

# For the head of a request.
SECONDS = 10.0
# Half requests at once; with the requests under way they stay below the usual limit of 1024 files.
MOST = 384
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_Base: Any = AutoHTTPProtocol


class Room:
    """The connections on which a head is waited for."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._waiting: OrderedDict[Arriving, asyncio.TimerHandle] = OrderedDict()

    def enter(self, connection: "Arriving") -> None:
        """Wait for a head, unless that is done already; the oldest of whoever has most makes room."""
        if connection in self._waiting:
            return
        if len(self._waiting) >= self._most:
            ((address, _),) = Counter(one.address for one in self._waiting).most_common(1)
            next(one for one in self._waiting if one.address == address).make_room()
        self._waiting[connection] = asyncio.get_running_loop().call_later(self._seconds, connection.give_up)

    def leave(self, connection: "Arriving") -> None:
        """Wait no longer."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()


class Arriving(_Base):  # type: ignore[misc]  # one of two classes, by what is installed
    """One connection."""

    room: ClassVar[Room]
    address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for the first request."""
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if isinstance(peer, tuple) else ""
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

    def make_room(self) -> None:
        """Say when to come again, and close it."""
        self.transport.write(_FULL)
        self.give_up()

    def give_up(self) -> None:
        """Close it."""
        self.room.leave(self)
        self.transport.close()


def protocol(seconds: float = SECONDS, most: int = MOST) -> type[asyncio.Protocol]:
    """The server's protocol, which waits so long for the head of a request, and for so many at once."""
    return type("Protocol", (Arriving,), {"room": Room(seconds, most)})
