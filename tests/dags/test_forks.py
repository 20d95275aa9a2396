"""What the scheduler imports ahead of tasks that are forks of it."""

import os
import subprocess
import sys

import pytest

# A component of Airflow starts in a fresh process; says whether it then holds what tasks need, and what it should not.
_START = """
import sys, threading
from types import SimpleNamespace
from data_consistency.airflow.plugin import ConsistencyPlugin
for listener in ConsistencyPlugin.listeners:
    if listener.__name__.endswith(".forks"):
        listener.on_starting(SimpleNamespace(job_type=sys.argv[1]))
ahead = {"data_consistency.pipeline", "data_consistency.airflow.operators"}
print(ahead <= set(sys.modules), {"great_expectations", "pandas"} & set(sys.modules), threading.active_count())
"""


@pytest.mark.parametrize(
    ("executor", "job", "is_ahead"),
    [
        ("LocalExecutor", "SchedulerJob", True),
        ("CeleryExecutor,airflow.executors.local_executor.LocalExecutor", "SchedulerJob", True),
        ("CeleryExecutor", "SchedulerJob", False),
        ("LocalExecutor", "TriggererJob", False),
    ],
)
def test_what_tasks_need_is_imported_where_tasks_are_forked(executor: str, job: str, is_ahead: bool) -> None:
    """Nowhere else; nothing that starts threads, which a fork would lose."""
    done = subprocess.run(
        [sys.executable, "-c", _START, job],
        env={**os.environ, "AIRFLOW__CORE__EXECUTOR": executor},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert f"{is_ahead} set() 1" == done.stdout.strip().splitlines()[-1]
