"""What every test may rely on: a clean environment and a throw-away database server."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pymysql
import pytest

from consistency_sandbox.servers import mariadb, packages

if TYPE_CHECKING:
    from data_consistency.runtime import Runtime

_FOLDER_MARKERS = ("rules", "integration", "dags", "browser", "packaging")
_NEEDS_DATABASE = frozenset(_FOLDER_MARKERS)
PREFIX = "dc_test_"

# Durability costs most of the time of small transactions, and this data is thrown away.
_FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--innodb-lock-wait-timeout=10",
    "--sync-binlog=0",
)

# Before anything imports Airflow: its home is never the developer's.
_AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-test-"))
_ROOT = Path(__file__).resolve().parents[1]
os.environ.update(
    {
        "AIRFLOW_HOME": str(_AIRFLOW_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(_ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_AIRFLOW_HOME}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(_ROOT / "include"),
    }
)
for _name in [name for name in os.environ if name.startswith("CONSISTENCY_")]:
    del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its folder, so that no test forgets to say what it needs."""
    for item in items:
        folder = item.path.relative_to(_ROOT / "tests").parts[0] if item.path.is_relative_to(_ROOT / "tests") else ""
        if folder in _FOLDER_MARKERS:
            item.add_marker(getattr(pytest.mark, folder))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fail, rather than skip, when tests need the database server and it is not installed."""
    needed = any(_NEEDS_DATABASE & {mark.name for mark in item.iter_markers()} for item in session.items)
    if needed and not session.config.option.collectonly and packages.find("mariadbd") is None:
        pytest.exit("mariadbd is not installed: run `make setup`, or install mariadb-server-core", returncode=1)


@pytest.fixture(autouse=True)
def _isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer or of another test reaches this one, and nothing is written to the project's var/."""
    for name in [name for name in os.environ if name.startswith("CONSISTENCY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONSISTENCY_VAR", str(tmp_path / "var"))


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mariadb.Server]:
    """A server of this test session alone."""
    data_dir = tmp_path_factory.mktemp("mariadb")
    yield mariadb.start(data_dir, options=_FAST)
    mariadb.stop(data_dir)


@pytest.fixture
def empty_schema(mariadb_server: mariadb.Server) -> Iterator[str]:
    """URL of a schema that is empty and is dropped after the test."""
    name = f"{PREFIX}{secrets.token_hex(6)}"
    mariadb_server.create_schema(name)
    yield mariadb_server.url(name)
    drop_schema(mariadb_server, name)


def drop_schema(server: mariadb.Server, name: str) -> None:
    """Drop a schema made for a test, and no other."""
    assert name.startswith(PREFIX), name
    with (
        closing(pymysql.connect(unix_socket=str(server.socket), user="root")) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


@pytest.fixture
def source_schema(empty_schema: str) -> str:
    """URL of a schema with the source's tables, two companies and our own tables, without our triggers."""
    from tests import worlds

    worlds.create(empty_schema)
    return empty_schema


@pytest.fixture
def rt(source_schema: str) -> Iterator["Runtime"]:
    """A runtime on that schema: corrections on, default caps, nothing configured for mail."""
    from tests import worlds

    runtime = worlds.runtime(source_schema)
    yield runtime
    runtime.engine.dispose()
