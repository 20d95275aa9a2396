"""The database of the private Airflow: the one that is configured, else a private MariaDB beside it."""

from pathlib import Path

from consistency_sandbox.servers import private
from data_consistency.db import marker
from data_consistency.db.engine import make_engine
from data_consistency.errors import WrongUse
from data_consistency.project import Project

SCHEMA = "data_consistency"
DEMO_SCHEMA = "consistency_demo"
_STARTED_HERE = "database-started"


def ensure(configured: str | None, var: Path, *, is_demo: bool) -> str:
    """URL of the database; the private one is started unless another is configured.

    Args:
        configured: URL of the operator's own database; None: there is none.
        var: folder of the private one.
        is_demo: whether the database of the demo is meant.

    Raises:
        WrongUse: there is no demo yet.
    """
    if configured and not is_demo:
        return configured
    data_dir = var / "mariadb"
    if is_demo and not data_dir.exists():
        raise WrongUse("there is no demo yet; `consistency demo run` makes it")
    if private.status(data_dir) is None:
        note = var / "airflow" / _STARTED_HERE
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.touch()
    server = private.start(data_dir)
    schema = DEMO_SCHEMA if is_demo else SCHEMA
    server.create_schema(schema)
    return server.url(schema)


def release(var: Path) -> bool:
    """Stop the private database if `ensure` started it; False when it did not."""
    note = var / "airflow" / _STARTED_HERE
    if not note.exists():
        return False
    stopped = private.stop(var / "mariadb")
    note.unlink()
    return stopped


def missing(url: str, project: Project) -> str | None:
    """Name of the schema when it is not ours yet, so that every DAG would fail; None: it is."""
    engine = make_engine(url, project)
    try:
        with engine.connect() as connection:
            return None if marker.read_marker(connection) is not None else marker.schema_name(connection)
    finally:
        engine.dispose()
