"""What every test may rely on: a clean environment and a throw-away database server."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from consistency_sandbox.servers import packages, private, unpacked
from tests.schemas import Schemas, drop_schema, new_name

if TYPE_CHECKING:
    from data_consistency.runtime import Runtime

pytest_plugins = ["tests.every_server"]

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_FOLDER_MARKERS = ("rules", "integration", "dags", "browser", "packaging")
_NEEDS_DATABASE = frozenset(_FOLDER_MARKERS)

# Before anything imports Airflow: its home is never the developer's.
_AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-test-"))
atexit.register(shutil.rmtree, _AIRFLOW_HOME, ignore_errors=True)
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
# Where unpacked servers are kept, also for tests that start one of their own in a folder of their own.
_CACHE = os.environ.get(unpacked.CACHE) or str(_ROOT / "var" / "servers")
for _name in [name for name in os.environ if name.startswith("CONSISTENCY_")]:
    del os.environ[_name]
os.environ[unpacked.CACHE] = _CACHE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by its folder, so that no test forgets to say what it needs; the longest come first."""
    for item in items:
        if _folder(item) in _FOLDER_MARKERS:
            item.add_marker(getattr(pytest.mark, _folder(item)))
    # Or one worker would tell the demo's story at the end, while the others have nothing left to do.
    items.sort(key=lambda item: _folder(item) != "dags")


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(_ROOT / "tests").parts[0] if item.path.is_relative_to(_ROOT / "tests") else ""


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
    monkeypatch.setenv(unpacked.CACHE, _CACHE)


@pytest.fixture
def empty_schema(database_server: private.Server) -> Iterator[str]:
    """URL of a schema that is empty and is dropped after the test."""
    name = new_name()
    database_server.create_schema(name)
    yield database_server.url(name)
    drop_schema(database_server, name)


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    """Schemas that tests of this session use one after the other."""
    return Schemas()


@pytest.fixture
def source_schema(database_server: private.Server, schemas: Schemas) -> Iterator[str]:
    """URL of a schema with the source's tables, two companies and our own tables, without our triggers."""
    from tests import worlds

    with schemas.use(database_server, "without triggers", worlds.create) as url:
        yield url


@pytest.fixture
def rt(source_schema: str) -> Iterator["Runtime"]:
    """A runtime on that schema: corrections on, default caps, nothing configured for mail."""
    from tests import worlds

    runtime = worlds.runtime(source_schema)
    yield runtime
    runtime.engine.dispose()
