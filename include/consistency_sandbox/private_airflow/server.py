"""A private Airflow: api-server, scheduler, dag-processor and triggerer of this user, on the loopback address.

The folder holds everything (metadata in SQLite, logs, secrets) and may be deleted once Airflow is stopped.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consistency_sandbox.private_airflow import environment, processes
from consistency_sandbox.private_airflow.client import AirflowUnavailable, Client, request, sign_in
from consistency_sandbox.servers import folder
from data_consistency.config import utc_now
from data_consistency.errors import ConfigurationError, DataConsistencyError
from data_consistency.project import Project
from data_consistency.sources import POOL, POOL_SLOTS

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
_BEATING = ("scheduler", "triggerer", "dag_processor")
_START_SECONDS = 300
_STOP_SECONDS = 30
_FIRST_RUNS_SECONDS = 300
ASKS_PEOPLE = "asks people"  # of a run that goes on when somebody has answered
_INFO = "airflow.json"
_POOLS: Mapping[str, Mapping[str, object]] = {POOL: {"slots": POOL_SLOTS, "description": "of the watched database"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Airflow:
    """An Airflow that was started from a folder."""

    home: Path
    port: int
    components: dict[str, int]  # process ids of those that run

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://{environment.HOST}:{self.port}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Components that ended by themselves."""
        return tuple(name for name in COMPONENTS if name not in self.components)

    def client(self) -> Client:
        """Its REST interface, as the user."""
        return sign_in(environment.HOST, self.port, environment.USER, environment.password(self.home))


def start(
    home: Path,
    settings: Mapping[str, str],
    project: Project,
    *,
    pools: Mapping[str, Mapping[str, object]] = _POOLS,
    port: int | None = None,
) -> Airflow:
    """Start what does not run yet and wait until every DAG of the project is known and a task could start.

    An Airflow that is already complete is returned as it is; one that lost a component is started anew.

    Args:
        home: Airflow's home.
        settings: ours (CONSISTENCY_...), for its tasks.
        project: whose DAGs run.
        pools: of the watched databases, as `pools.wanted` says them; each is made where it is missing.
        port: of the pages; None: any that is free.

    Raises:
        ConfigurationError: Airflow is not installed, or the port is taken.
        AirflowUnavailable: a component ended or did not answer; the message names its log.
    """
    home = home.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    with folder.locked(home):
        found = status(home)
        if found and not found.missing and port in {None, found.port}:
            return found
        processes.stop(home, timeout_seconds=_STOP_SECONDS)
        if port is not None and not environment.is_free(port):
            raise ConfigurationError(f"port {port} is taken; name another one with --port, or none for any free one")
        chosen = port or environment.free_ports(1)[0]
        env = environment.environment(home, chosen, settings, project)
        try:
            return _start(home, chosen, env, project, pools)
        except BaseException:
            processes.stop(home, timeout_seconds=_STOP_SECONDS)
            raise


def status(home: Path) -> Airflow | None:
    """The Airflow started from this folder, also one that lost components; None when nothing of it runs."""
    home = home.absolute()
    components = processes.running(home)
    try:
        port = int(json.loads((home / _INFO).read_text(encoding="utf-8"))["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Airflow(home=home, port=port, components=components) if components else None


def stop(home: Path) -> bool:
    """End every component with its children; False when nothing ran."""
    home = home.absolute()
    stopped = processes.stop(home, timeout_seconds=_STOP_SECONDS)
    (home / _INFO).unlink(missing_ok=True)
    return bool(stopped)


def unpause(airflow: Airflow) -> dict[str, bool]:
    """Let every DAG of the project run; returns their ids, and whether a run begins by that at once."""
    client = airflow.client()
    dags = client.dags()
    due = {dag_id: paused and client.is_due(dag_id) for dag_id, paused in sorted(dags.items())}
    for dag_id, paused in dags.items():
        if paused:
            client.pause(dag_id, paused=False)
    return due


def first_runs(airflow: Airflow, dags: Sequence[str]) -> dict[str, str]:
    """Wait for the first run of each DAG to end, or to ask people something; returns its state.

    Returns:
        By DAG: success, failed, `asks people`, or `running` when it takes longer than is waited.
    """
    client = airflow.client()
    states = dict.fromkeys(dags, "running")
    deadline = time.monotonic() + _FIRST_RUNS_SECONDS
    while "running" in states.values() and time.monotonic() < deadline:
        for dag_id in [dag_id for dag_id, state in states.items() if state == "running"]:
            states[dag_id] = _state_of(client, dag_id)
        time.sleep(0.5)
    return states


def _state_of(client: Client, dag_id: str) -> str:
    ended = [state for state in ("failed", "success") if client.runs(dag_id, state)]
    if ended:
        return ended[0]
    asked = (client.task_states(dag_id, run_id) for run_id in client.active_runs(dag_id))
    return ASKS_PEOPLE if any("awaiting_input" in states.values() for states in asked) else "running"


def _start(
    home: Path, port: int, env: Mapping[str, str], project: Project, pools: Mapping[str, Mapping[str, object]]
) -> Airflow:
    program = Path(sys.executable).with_name("airflow")
    if not program.exists():
        raise ConfigurationError(f"{program} does not exist; `make setup` installs Airflow")
    migrated = subprocess.run(
        [program, "db", "migrate"], cwd=home, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    (home / "migrate.log").write_bytes(migrated.stdout + migrated.stderr)
    if migrated.returncode:
        raise AirflowUnavailable(f"`airflow db migrate` failed; see {home / 'migrate.log'}")
    (home / _INFO).write_text(json.dumps({"port": port}), encoding="utf-8")
    since = utc_now()
    processes.launch(home, {name: [str(program), name] for name in COMPONENTS}, env)
    started = Airflow(home=home, port=port, components=processes.running(home))
    deadline = time.monotonic() + _START_SECONDS
    _await(home, deadline, "a healthy answer", lambda: _is_healthy(port, since))
    client = started.client()
    for name, pool in pools.items():
        client.set_pool(name, pool)
    # The first task would wait for this: the interface of tasks is built when it is first asked.
    _await(home, deadline, "the interface of tasks", lambda: bool(_get(port, "/execution/health")))
    _await(home, deadline, "the DAGs", lambda: _knows_every_dag(client, project))
    return started


def _await(home: Path, deadline: float, what: str, is_there: Callable[[], bool]) -> None:
    while not is_there():
        missing = [name for name in COMPONENTS if name not in processes.running(home)]
        if missing:
            raise AirflowUnavailable(f"Airflow's {missing[0]} ended; see {home / (missing[0] + '.log')}")
        if time.monotonic() > deadline:
            raise AirflowUnavailable(f"Airflow did not come to {what} in {_START_SECONDS} s; see the logs in {home}")
        time.sleep(0.3)


def _get(port: int, path: str) -> object:
    try:
        return request(environment.HOST, port, "GET", path)
    except DataConsistencyError:
        return None


def _is_healthy(port: int, since: datetime) -> bool:
    health = _get(port, "/api/v2/monitor/health")
    if not isinstance(health, dict):
        return False
    # The heartbeats of an earlier start count as healthy for half a minute.
    beats = [str(health.get(part, {}).get(f"latest_{part}_heartbeat") or "") for part in _BEATING]
    return all(beat and datetime.fromisoformat(beat) >= since for beat in beats)


def _knows_every_dag(client: Client, project: Project) -> bool:
    errors = client.import_errors()
    if errors:
        raise AirflowUnavailable(f"a DAG cannot be read: {errors[0]}")
    files = {path.name for path in project.dags.glob("*.py") if not path.name.startswith("_")}
    return files <= client.dag_files()
