"""The part of Airflow's REST interface that an operator needs: DAGs, runs, tasks."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from data_consistency.config import utc_now
from data_consistency.db.retrying import retry_transient
from data_consistency.errors import DataConsistencyError, WrongUse

_ENDED = frozenset({"success", "failed"})
_ACTIVE = ("queued", "running")
_OPEN_SECONDS = 60


class AirflowUnavailable(DataConsistencyError):
    """Airflow did not answer, or not as expected."""


class _DatabaseBusy(AirflowUnavailable):
    """Its database, one file, was locked by another of its processes; what was asked for was undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A signed-in user of one Airflow."""

    host: str
    port: int
    token: str = field(repr=False)

    def dags(self) -> dict[str, bool]:
        """Whether each DAG is paused, by its id."""
        found = _rows(self._call("GET", "/api/v2/dags?limit=100"), "dags")
        return {str(dag["dag_id"]): bool(dag["is_paused"]) for dag in found}

    def dag_files(self) -> set[str]:
        """Files that a DAG was read from."""
        return {str(dag["relative_fileloc"]) for dag in _rows(self._call("GET", "/api/v2/dags?limit=100"), "dags")}

    def import_errors(self) -> list[str]:
        """Last line of the trace of each DAG file that could not be read."""
        found = _rows(self._call("GET", "/api/v2/importErrors"), "import_errors")
        return [f"{error['filename']}: {str(error['stack_trace']).strip().splitlines()[-1]}" for error in found]

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause or unpause a DAG."""
        self._call("PATCH", f"/api/v2/dags/{quote(dag_id)}", {"is_paused": paused})

    def set_pool(self, name: str, pool: Mapping[str, object]) -> None:
        """Make a pool unless it exists; one that exists keeps the slots somebody gave it."""
        found = _rows(self._call("GET", "/api/v2/pools?limit=100"), "pools")
        if name not in {pool["name"] for pool in found}:
            self._call("POST", "/api/v2/pools", {"name": name, **pool})

    def is_due(self, dag_id: str) -> bool:
        """Whether the timetable wants a run already: unpausing the DAG then starts it."""
        wanted = _document(self._call("GET", f"/api/v2/dags/{quote(dag_id)}"))["next_dagrun_run_after"]
        return wanted is not None and datetime.fromisoformat(str(wanted)) <= utc_now()

    def trigger(self, dag_id: str, conf: Mapping[str, object] | None = None) -> str:
        """Start a run; returns its id."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        return str(_document(self._call("POST", f"/api/v2/dags/{quote(dag_id)}/dagRuns", body))["dag_run_id"])

    def wait(self, dag_id: str, run_id: str, *, timeout_seconds: float) -> str:
        """Wait for a run to end; returns its state.

        Raises:
            AirflowUnavailable: it did not end in time.
        """
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id)}"
        deadline = time.monotonic() + timeout_seconds
        while True:
            state = str(_document(self._call("GET", path))["state"])
            if state in _ENDED:
                return state
            if time.monotonic() > deadline:
                raise AirflowUnavailable(f"{dag_id} {run_id}: still {state} after {timeout_seconds:.0f} s")
            time.sleep(0.3)

    def runs(self, dag_id: str, *states: str) -> list[str]:
        """Ids of the runs of a DAG in these states; none given: all."""
        query = urlencode([("limit", "100"), *(("state", state) for state in states)])
        found = _rows(self._call("GET", f"/api/v2/dags/{quote(dag_id)}/dagRuns?{query}"), "dag_runs")
        return [str(run["dag_run_id"]) for run in found]

    def active_runs(self, dag_id: str) -> list[str]:
        """Ids of the runs that have not ended."""
        return self.runs(dag_id, *_ACTIVE)

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, object]]:
        """The tasks of a run: state, host, number of the try."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances?limit=100"
        return _rows(self._call("GET", path), "task_instances")

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """State of each task instance of a run."""
        return {
            str(task["task_id"]) + ("" if task["map_index"] == -1 else f"[{task['map_index']}]"): str(task["state"])
            for task in self.task_instances(dag_id, run_id)
        }

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> object:
        headers = {"Authorization": f"Bearer {self.token}"}
        return retry_transient(
            lambda: request(self.host, self.port, method, path, body, headers),
            attempts=6,
            base_delay_seconds=0.5,
            transient=lambda error: isinstance(error, _DatabaseBusy),
        )


def sign_in(host: str, port: int, user: str, password: str) -> Client:
    """A client for this user; its token lasts a day.

    Raises:
        AirflowUnavailable: no answer, or the password is wrong.
    """
    answer = _document(request(host, port, "POST", "/auth/token", {"username": user, "password": password}))
    return Client(host=host, port=port, token=str(answer["access_token"]))


def request(
    host: str,
    port: int,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> object:
    """One request, its answer decoded.

    Raises:
        WrongUse: the thing asked for does not exist.
        AirflowUnavailable: no answer, or a refusal.
    """
    connection = http.client.HTTPConnection(host, port, timeout=_OPEN_SECONDS)
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, payload, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise AirflowUnavailable(f"Airflow at {host}:{port} does not answer ({type(error).__name__})") from error
    finally:
        connection.close()
    if answer.status == http.client.NOT_FOUND:
        raise WrongUse(f"Airflow knows no {path.partition('?')[0]}")
    if answer.status >= http.client.BAD_REQUEST:
        is_busy = answer.status == http.client.INTERNAL_SERVER_ERROR and "Database error" in text
        kind = _DatabaseBusy if is_busy else AirflowUnavailable
        raise kind(f"Airflow refused {method} {path.partition('?')[0]}: {answer.status} {text[:200]}")
    return json.loads(text) if text else None


def _document(answer: object) -> dict[str, object]:
    if not isinstance(answer, dict):
        raise AirflowUnavailable(f"Airflow answered with {type(answer).__name__}, not with an object")
    return answer


def _rows(answer: object, name: str) -> list[dict[str, object]]:
    found = _document(answer).get(name)
    return found if isinstance(found, list) else []
