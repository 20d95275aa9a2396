"""The DAG files as Airflow sees them, and its metadata database; both once for all tests."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "plugins"))  # as Airflow does


@pytest.fixture(scope="session")
def dagbag() -> "DagBag":
    """All DAG files, parsed."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(ROOT / "dags"))


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's own tables and our pool."""
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    Pool.create_or_update_pool("consistency_mysql", slots=4, description="test", include_deferred=False)
