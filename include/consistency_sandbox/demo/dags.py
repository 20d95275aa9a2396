"""DAGs of the demo: run by its scheduler when the story wants them, and at no other time."""

import time
from collections.abc import Callable

from consistency_sandbox.private_airflow.client import AirflowUnavailable, Client

_RUN_SECONDS = 240
_START_SECONDS = 20

Say = Callable[[str], None]


def execute(client: Client, dag_id: str, say: Say) -> None:
    """Have the scheduler run a DAG now, and at no other time: paused, it does not run in the midst of the story.

    Raises:
        AirflowUnavailable: the run failed; the message names its tasks.
    """
    began = time.monotonic()
    run_id = _start(client, dag_id)
    try:
        state = client.wait(dag_id, run_id, timeout_seconds=_RUN_SECONDS)
        for other in client.active_runs(dag_id):  # the next tick of its timetable came meanwhile
            client.wait(dag_id, other, timeout_seconds=_RUN_SECONDS)
    finally:
        client.pause(dag_id, paused=True)
    tasks = client.task_states(dag_id, run_id)
    say(f"  {dag_id:<26} {state}, {len(tasks)} tasks, {time.monotonic() - began:.0f} s")
    if state != "success":
        wrong = ", ".join(f"{task} {how}" for task, how in tasks.items() if how != "success")
        raise AirflowUnavailable(f"{dag_id} {run_id} ended {state}: {wrong}; its logs are under var/demo/airflow/logs")


def _start(client: Client, dag_id: str) -> str:
    """Unpause a DAG; its timetable starts the run when one is due, else we do. Returns the run's id."""
    if not client.is_due(dag_id):
        run_id = client.trigger(dag_id)
        client.pause(dag_id, paused=False)
        return run_id
    known = set(client.runs(dag_id))
    client.pause(dag_id, paused=False)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        fresh = set(client.runs(dag_id)) - known
        if fresh:
            return min(fresh)
        time.sleep(0.3)
    return client.trigger(dag_id)
