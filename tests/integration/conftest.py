"""What tests of several files share."""

import signal
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from consistency_sandbox.demo.booking_service import url_of
from consistency_sandbox.fake_calcom import FakeCalcom
from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency.breaker.breakers import Breakers
from data_consistency.breaker.calls import CircuitBreaker
from data_consistency.runtime import Runtime
from tests import worlds
from tests.alerting import Office, office
from tests.booking_service import Service, make_key, start
from tests.breakers import LONG, breakers_of
from tests.mailbox import Mailbox, free_port, mail_server
from tests.pages import FakeHouse, Visit
from tests.patience import PATIENCE
from tests.people import ANN
from tests.schemas import drop_schema
from tests.trigger_world import World, create_world
from tests.worlds import make_engine

_TRIGGERS = "dc_test_triggers"


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """A schema that holds the source and nothing of ours."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text("INSERT INTO companies (id, name) VALUES (1, 'A')"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def shared_world(database_server: private.Server) -> Iterator[World]:
    """The source's schema with its own triggers and ours, made once."""
    database_server.create_schema(_TRIGGERS)
    made = create_world(database_server.url(_TRIGGERS))
    yield made
    made.engine.dispose()
    drop_schema(database_server, _TRIGGERS)


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """That schema, left empty for the next test."""
    yield shared_world
    shared_world.empty()


@pytest.fixture
def own_world(empty_schema: str) -> Iterator[World]:
    """A schema of its own, for a test that breaks tables or triggers."""
    made = create_world(empty_schema)
    yield made
    made.engine.dispose()


@pytest.fixture
def service(rt: Runtime) -> Iterator[Service]:
    """`consistency booking serve --enforce` on a free port."""
    process = start(rt, "--enforce")
    try:
        yield Service(url=url_of(process), key=make_key(rt, 1), process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(PATIENCE)


@pytest.fixture
def breakers(rt: Runtime) -> Iterator[Breakers]:
    """The breakers of this process."""
    with breakers_of(rt) as made:
        yield made


@pytest.fixture
def breaker(breakers: Breakers) -> CircuitBreaker:
    """With a cool-down of 30 seconds."""
    return breakers.of("calcom", 1, LONG)


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
def port() -> int:
    """A port nobody listens on."""
    return free_port()


@pytest.fixture
def at_work(rt: Runtime, port: int) -> Iterator[Office]:
    """A runtime whose mail server works."""
    with mail_server(box := Mailbox(), port) as url:
        yield office(rt, box, url)


@pytest.fixture
def opted(rt: Runtime) -> Iterator[Runtime]:
    """The same database, whose companies want no automatic change, so that people are asked."""
    made = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), OPTED_OUT_COMPANIES="1,2")
    yield made
    made.engine.dispose()


@pytest.fixture
def visit(opted: Runtime) -> Visit:
    """A reviewer before the pages."""
    return Visit(FakeHouse(runtimes={"default": opted}, person=ANN))
