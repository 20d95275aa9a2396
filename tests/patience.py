"""How long a test waits for what it expects: a busy machine makes nothing wrong."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 60.0  # seconds
_LOOK_EVERY_SECONDS = 0.05

_T = TypeVar("_T")


def until(look: Callable[[], _T], seconds: float = PATIENCE) -> _T:
    """What another process brings about: looked for again and again, until what is seen is true.

    Raises:
        AssertionError: it did not come to be.
    """
    end = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < end, f"it did not come to be in {seconds:.0f} s"
        time.sleep(_LOOK_EVERY_SECONDS)
    return seen
