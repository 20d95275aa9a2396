"""How far long work has come, told to whoever listens; nobody does by default."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]  # what is done now; how much is done, of how much: rows or steps

_listener: ContextVar[Listener | None] = ContextVar("_listener", default=None)


def tell(what: str, done: int, total: int) -> None:
    """Say how far the work has come; costs nothing where nobody listens."""
    if (listener := _listener.get()) is not None:
        listener(what, done, total)


def is_heard() -> bool:
    """Whether somebody listens, for who would have to ask the database how much there is to do."""
    return _listener.get() is not None


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Work in this block is told to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
