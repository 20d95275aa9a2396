"""A fake Cal.com of each test, and clients whose waits take no time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from data_consistency.calcom import CalcomClient, Limits
from data_consistency.calcom.connection import HOSTED, Versions
from data_consistency.calcom.pace_store import MemoryPace
from data_consistency.local.fake_calcom import KEY, FakeCalcom

Connect = Callable[..., CalcomClient]


@pytest.fixture(scope="session")
def _server() -> Iterator[FakeCalcom]:
    with FakeCalcom() as server:
        yield server


@pytest.fixture
def fake(_server: FakeCalcom) -> FakeCalcom:
    """A server with an empty calendar; its clock stands still."""
    _server.reset()
    return _server


@pytest.fixture
def connect(fake: FakeCalcom) -> Iterator[Connect]:
    """Makes clients that share the server's clock: their waits move it."""
    with ExitStack() as stack:

        def make(
            *, key: str = KEY, versions: Versions = HOSTED, limits: Limits | None = None, **more: Any
        ) -> CalcomClient:
            return stack.enter_context(
                CalcomClient(
                    fake.connection(key=key, versions=versions, limits=limits),
                    **{"clock": fake.world.clock, "pace": MemoryPace(), **more},
                )
            )

        yield make
