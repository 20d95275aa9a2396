"""Tests for every server run on the system's MariaDB and, with `--every-server`, on the newest MariaDB and on MySQL.

The newcomers come from a suite that moves. Where it does not deliver one, the run goes on without it, and the last
lines say loudly on which server nothing was tried. A server that is there and fails is a failure like any other.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from consistency_sandbox.servers import kinds, private, unpacked
from consistency_sandbox.servers.apt import NotDelivered

_OPTION = "--every-server"
_MARK = "every_server"
_FIXTURE = "database_server"
_DAGS = "tests/dags/"
_NOT_TRIED = pytest.StashKey[dict[str, str]]()
_PARAMETER = re.compile(rf"\[({'|'.join(kind.name for kind in kinds.KINDS)})\b")

# Durability costs most of the time of small transactions, and this data is thrown away.
_FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--loose-innodb-log-file-size=16M",
    "--loose-innodb-redo-log-capacity=32M",
    "--innodb-lock-wait-timeout=10",
    "--sync-binlog=0",
)

StartServer = Callable[[str], private.Server]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Ask for the newcomers, too, or for one of them alone."""
    group = parser.getgroup("servers")
    group.addoption(_OPTION, action="store_true", help="tests marked every_server also on the newest MariaDB and MySQL")
    names = [kind.name for kind in kinds.KINDS]
    group.addoption("--on-server", choices=names, default=names[0], help="all tests on this server instead")


def pytest_configure(config: pytest.Config) -> None:
    """Fetch the newcomers once, before any worker starts; what is not delivered is remembered."""
    config.stash[_NOT_TRIED] = dict(getattr(config, "workerinput", {}).get(_MARK, {}))
    if hasattr(config, "workerinput") or not config.getoption(_OPTION) or config.option.collectonly:
        return
    for kind in (kind for kind in kinds.KINDS if kind.unpacked):
        try:
            unpacked.programs(kind)
        except NotDelivered as error:
            config.stash[_NOT_TRIED][kind.name] = str(error)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker what was not delivered."""
    node.workerinput[_MARK] = node.config.stash[_NOT_TRIED]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each server of a test that is for every one."""
    wanted = metafunc.config.getoption(_OPTION) and metafunc.definition.get_closest_marker(_MARK)
    if wanted and _FIXTURE in metafunc.fixturenames:
        missing = metafunc.config.stash[_NOT_TRIED]
        names = [kind.name for kind in kinds.KINDS if kind.name not in missing]
        metafunc.parametrize(_FIXTURE, names, indirect=True, scope="session")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """End with what was not tried."""
    for name, reason in config.stash[_NOT_TRIED].items():
        terminalreporter.write_line(f"NOTHING WAS TRIED ON {kinds.kind_of(name).title}: {reason}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Side by side by file and server: tests of one file share what its fixtures make, those of two servers nothing.

    Those of DAGs come one after the other: two whole Airflows at once take two cores far longer than one after one.
    """
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # in the order of collection

    class ByFileAndServer(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::", 1)[0]
            server = _PARAMETER.search(nodeid)
            return _DAGS if file.startswith(_DAGS) else f"{file} {server[1] if server else ''}"

    return ByFileAndServer(config, log)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Servers of this test session alone, each started when it is first asked for."""
    running: dict[str, private.Server] = {}

    def start(name: str) -> private.Server:
        if name not in running:
            kind = kinds.kind_of(name)
            running[name] = private.start(tmp_path_factory.mktemp(name), kind=kind, options=_FAST)
        return running[name]

    yield start
    for server in running.values():
        private.stop(server.data_dir)


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest, start_server: StartServer) -> private.Server:
    """The server of a test: the system's MariaDB, or each in turn where a test is for every one."""
    return start_server(getattr(request, "param", request.config.getoption("--on-server")))
