"""Sockets with one deadline: a server that sends a byte now and then cannot hold a request for longer.

The usual time-outs start anew with every byte received. Here each read, write and handshake gets what is left until the
deadline of the whole request, if that is less.
"""

import math
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, cast

import httpcore
import httpx

_deadline: ContextVar[float] = ContextVar("calcom_request_deadline", default=math.inf)
# More than a process has threads for calls: to queue for one would take a request's time, as if the server had.
_CONNECTIONS = 100
_LONGEST = 60.0  # where the library sets no limit of its own
_NEVER_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Within, nothing waits for the network beyond so many seconds from now."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class NotSent(httpx.TransportError):
    """No connection: the server has seen nothing of the request."""


class NoneFree(httpx.TransportError):
    """All our connections are in use: a queue of ours, of which the server knows nothing."""


class DeadlineTransport(httpx.BaseTransport):
    """HTTP/1.1 over sockets that know the deadline."""

    def __init__(self, *, tls: bool, proxy: str | None = None) -> None:
        trust = httpx.create_ssl_context() if tls else None  # reading the certificates takes a while
        if proxy is None:
            self._pool = httpcore.ConnectionPool(
                ssl_context=trust, max_connections=_CONNECTIONS, network_backend=_Backend()
            )
        else:
            url = httpx.URL(proxy)
            self._pool = httpcore.HTTPProxy(
                proxy_url=str(url.copy_with(username=None, password=None)),
                proxy_auth=(url.username, url.password) if url.username else None,
                ssl_context=trust,
                max_connections=_CONNECTIONS,
                network_backend=_Backend(),
            )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and receive the head of its answer.

        Raises:
            httpx.TransportError: no answer; `NotSent`: the server has seen nothing; `NoneFree`: nobody asked it.
        """
        assert isinstance(request.stream, httpx.SyncByteStream)
        with _ours():
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    str(request.url),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        body = _Body(cast("_Parts", answer.stream))  # the pool's own stream, which can be closed
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        """Close the kept connections."""
        self._pool.close()


class _Parts(Protocol):
    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: _Parts) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        with _ours():
            yield from self._parts

    def close(self) -> None:
        self._parts.close()


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, limit, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise late
    return min(timeout if timeout is not None else _LONGEST, left)


@contextmanager
def _ours() -> Iterator[None]:
    """Errors of the lower library as those of the upper, without their texts."""
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise NoneFree(type(error).__name__) from None
    except _NEVER_SENT as error:
        raise NotSent(type(error).__name__) from None
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(type(error).__name__) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.NetworkError(type(error).__name__) from None
