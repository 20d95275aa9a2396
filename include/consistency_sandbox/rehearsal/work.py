"""The work that every phase does, on one machine or distributed, and what may be done to it meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from consistency_sandbox.demo.dags import execute
from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.private_airflow.client import Client
from consistency_sandbox.rehearsal import tables
from consistency_sandbox.rehearsal.container import ContainerFailed
from data_consistency.review import decisions
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime

_PERSON = Viewer(name="rehearsal", role=Role.ADMIN)
BACKFILL, CHECK, REVIEW = "consistency_backfill", "consistency_check", "review_queue_processing"
_RUN_SECONDS = 900
_STEP = 6  # ids in a range: about thirty mapped tasks
_BEFORE_THE_FAULT = 4  # mapped tasks that have ended when it comes


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a run, as Airflow's pages show it."""

    label: str
    state: str
    host: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a phase left behind, and what it took."""

    found: dict[str, tuple[int, str]]
    seconds: float  # of the mapped run
    tasks: dict[str, Task]


def settle(client: Client) -> None:
    """Let nothing run but what a phase starts."""
    for dag_id in client.dags():
        client.pause(dag_id, paused=dag_id not in {BACKFILL, CHECK, REVIEW})
    for dag_id in (CHECK, REVIEW):
        for run_id in client.active_runs(dag_id):
            client.wait(dag_id, run_id, timeout_seconds=_RUN_SECONDS)
        client.pause(dag_id, paused=True)


def do(client: Client, rt: Runtime, morning: datetime, meanwhile: Callable[[str], None] | None = None) -> Outcome:
    """Load the bad morning anew, have it found and corrected in a mapped run, checked, decided and corrected again.

    Args:
        client: of an Airflow whose schedules are paused.
        rt: on the operational database.
        morning: the time that the data is made for; the same for all phases.
        meanwhile: called with the run's id in the middle of the mapped run.

    Raises:
        ContainerFailed: a run did not end green.
    """
    load_demo(rt.engine, morning)
    begin = time.monotonic()
    conf = {"table": "calls", "first_id": 1, "last_id": None, "step": _STEP, "dry_run": "correct"}
    run_id = client.trigger(BACKFILL, conf)
    if meanwhile is not None:
        _await_the_middle(client, run_id)
        meanwhile(run_id)
    _require_green(client, BACKFILL, run_id)
    seconds = time.monotonic() - begin
    mapped = tasks(client, run_id)
    execute(client, CHECK, _quiet)
    for incident in decisions.list_incidents(rt):
        decisions.approve_incident(rt, incident.id, _PERSON)
    # What a run corrects is seen as right by the next one; after that, one more that the schedule adds changes nothing.
    execute(client, CHECK, _quiet)
    execute(client, CHECK, _quiet)
    execute(client, REVIEW, _quiet)
    return Outcome(found=tables.read(rt.engine), seconds=seconds, tasks=mapped)


def _quiet(_line: str) -> None:
    """What the runs beside the mapped one took is no figure of the rehearsal."""


def tasks(client: Client, run_id: str) -> dict[str, Task]:
    """The mapped tasks of a backfill."""
    return {
        f"check[{row['map_index']}]": Task(
            label=f"check[{row['map_index']}]",
            state=str(row["state"]),
            host=str(row["hostname"]),
            tries=int(str(row["try_number"])),
        )
        for row in client.task_instances(BACKFILL, run_id)
        if row["task_id"] == "check"
    }


def _await_the_middle(client: Client, run_id: str) -> None:
    deadline = time.monotonic() + _RUN_SECONDS
    while time.monotonic() < deadline:
        found = tasks(client, run_id).values()
        if sum(task.state == "success" for task in found) >= _BEFORE_THE_FAULT and any(
            task.state == "running" for task in found
        ):
            return
        time.sleep(0.3)
    raise ContainerFailed(f"{BACKFILL} {run_id}: never came to its middle")


def _require_green(client: Client, dag_id: str, run_id: str) -> None:
    state = client.wait(dag_id, run_id, timeout_seconds=_RUN_SECONDS)
    if state != "success":
        red = [name for name, of_task in client.task_states(dag_id, run_id).items() if of_task != "success"]
        raise ContainerFailed(f"{dag_id} {run_id}: {state}; not green: {', '.join(red)}")
