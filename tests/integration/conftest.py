"""What tests of several files share."""

import signal
from collections.abc import Iterator

import pytest

from consistency_sandbox.demo.booking_service import url_of
from consistency_sandbox.fake_calcom import FakeCalcom
from data_consistency.runtime import Runtime
from tests.booking_service import Service, make_key, start


@pytest.fixture
def service(rt: Runtime) -> Iterator[Service]:
    """`consistency booking serve --enforce` on a free port."""
    process = start(rt, "--enforce")
    try:
        yield Service(url=url_of(process), key=make_key(rt, 1), process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(20)


@pytest.fixture(scope="session")
def _server() -> Iterator[FakeCalcom]:
    with FakeCalcom() as server:
        yield server


@pytest.fixture
def fake(_server: FakeCalcom) -> FakeCalcom:
    """A server with an empty calendar; its clock stands still."""
    _server.reset()
    return _server
