"""Clients of the fake Cal.com whose waits take no time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from data_consistency.calendar.calcom import CalcomClient, Limits
from data_consistency.calendar.calcom.connection import HOSTED, Versions
from data_consistency.calendar.calcom.pace_store import MemoryPace

Connect = Callable[..., CalcomClient]


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
