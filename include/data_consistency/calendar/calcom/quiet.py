"""Silence of the HTTP libraries during our requests: their records name addresses with uids and mails in them.

Other users of the same libraries in this process keep their logs: a record is dropped only while a request of ours is
under way in the same context.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_under_way: ContextVar[bool] = ContextVar("calcom_request_under_way", default=False)


class _NotOurs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass unless a request of ours made it."""
        del record
        return not _under_way.get()


_FILTER = _NotOurs()


@contextmanager
def unlogged() -> Iterator[None]:
    """Within, the HTTP libraries write nothing to any log."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)  # adding it again changes nothing
    token = _under_way.set(True)
    try:
        yield
    finally:
        _under_way.reset(token)
