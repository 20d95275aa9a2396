"""What Airflow hands to an operator, as far as ours ask it."""

from types import SimpleNamespace
from typing import Any

from tests import worlds


class Task:
    """A task instance that failed, and knows the states of its run."""

    dag_id = "consistency_backfill"
    task_id = "check"
    run_id = "scheduled__2"
    map_index = 1
    try_number = 3
    log_url = "http://localhost:8080/log"

    def __init__(self, states: dict[str, str] | None = None) -> None:
        self._states = states or {}
        self.pushed: dict[str, object] = {}

    def get_task_states(self, *, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return dict.fromkeys(run_ids, self._states)

    def xcom_push(self, *, key: str, value: object) -> None:
        self.pushed[key] = value

    def xcom_pull(self, *, task_ids: str, key: str) -> object:
        return self.pushed.get(key)


def dag_run() -> SimpleNamespace:
    """A run that the scheduler began long ago."""
    return SimpleNamespace(
        dag_id="consistency_check",
        run_id="scheduled__2",
        run_after=worlds.long_ago(),
        triggering_user_name=None,
    )


def context_of(task: Task | None = None, **more: object) -> Any:
    """What `execute` and callbacks get."""
    return {"dag_run": dag_run(), "ti": task or Task(), **more}
