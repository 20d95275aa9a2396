"""The rehearsal: the work on one machine, then distributed, then with a fault in the middle of each; equal tables."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from consistency_sandbox.private_airflow import server as private_airflow
from consistency_sandbox.private_airflow.client import Client, sign_in
from consistency_sandbox.rehearsal import composition, image, tables, work
from consistency_sandbox.rehearsal.container import ContainerFailed, wait_until
from consistency_sandbox.rehearsal.engine import Engine, Say, make_network
from consistency_sandbox.servers import private
from data_consistency import runtime
from data_consistency.config import utc_now
from data_consistency.runtime import Runtime

_SCHEMA = "data_consistency"
_WORKERS = ("airflow-worker-1", "airflow-worker-2")
_SECONDS_TO_REDO = 60
_FIRST_RUN_SECONDS = 420


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What runs of the compose file, and the ways to it."""

    engine: Engine
    client: Client
    rt: Runtime


def run(checkout: Path, var: Path, say: Say) -> dict[str, object]:
    """Rehearse the compose file of a checkout; the summary is also written to summary.json.

    Raises:
        ContainerFailed: a service did not come up, a run did not end green, or something still ran after the end.
    """
    morning = utc_now().replace(tzinfo=None)
    make_network()
    say("1. On one machine: a private Airflow")
    alone = _alone(var / "alone", morning)
    _tell(say, "on one machine", alone)

    say("2. The services, in their order")
    built = image.at(checkout, var / "image")
    values = _values(checkout / ".env.example")
    services = composition.read(checkout / "docker-compose.yaml", values)
    summary: dict[str, object] = {"alone_seconds": round(alone.seconds, 1), "tables": alone.found}
    with _up(Engine(services, built, var, say), values, summary) as stack:
        say("3. Distributed, nothing in the way")
        together = work.do(stack.client, stack.rt, morning)
        _tell(say, "two workers", together)
        phases = {"two workers": together}
        phases |= {name: fault(stack, morning, say, summary) for name, fault in _FAULTS.items()}
        say("9. One worker, for comparison")
        stack.engine.containers[_WORKERS[1]].stop()
        phases["one worker"] = work.do(stack.client, stack.rt, morning)
        _tell(say, "one worker", phases["one worker"])
        stack.engine.start(_WORKERS[1])
        _the_rest(stack, summary, say)
    summary["seconds"] = {name: round(outcome.seconds, 1) for name, outcome in phases.items()}
    summary["different"] = {name: tables.differences(alone.found, outcome.found) for name, outcome in phases.items()}
    (var / "summary.json").write_text(json.dumps(summary, indent=2, default=str) + "\n", encoding="utf-8")
    for name, different in dict(summary["different"]).items():  # type: ignore[call-overload]
        say(f"  {name:24} {'tables as on one machine' if not different else 'DIFFERENT: ' + '; '.join(different)}")
    return summary


def missed(summary: dict[str, object]) -> list[str]:
    """What the rehearsal did not reach."""
    different = dict(summary["different"])  # type: ignore[call-overload]
    lines = [f"{name}: tables differ: {'; '.join(found)}" for name, found in different.items() if found]
    if int(str(summary["redone_after_seconds"])) > _SECONDS_TO_REDO:
        lines.append(f"a task was redone after {summary['redone_after_seconds']} s, wanted {_SECONDS_TO_REDO}")
    return lines + [f"{name}: no" for name in ("redone_once", "report_is_served", "all_down") if not summary[name]]


def _alone(var: Path, morning: datetime) -> work.Outcome:
    server = private.start(var / "mariadb")
    server.create_schema(_SCHEMA)
    settings = {
        "CONSISTENCY_CONFIG": "",
        "CONSISTENCY_DB_URL": server.url(_SCHEMA),
        "CONSISTENCY_DRY_RUN": "false",
        "CONSISTENCY_VAR": str(var),
    }
    rt = runtime.build(settings)
    try:
        client = private_airflow.start(var / "airflow", settings, rt.project).client()
        work.settle(client)
        return work.do(client, rt, morning)
    finally:
        private_airflow.stop(var / "airflow")
        rt.engine.dispose()
        private.stop(var / "mariadb")


def _values(example: Path) -> dict[str, str]:
    """The example's settings, filled in as it says."""
    values = composition.read_values(example)
    filled = {name: value or secrets.token_hex(32) for name, value in values.items()}
    fernet = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {**filled, "AIRFLOW_FERNET_KEY": fernet, "CONSISTENCY_DRY_RUN": "false"}


@contextmanager
def _up(engine: Engine, values: dict[str, str], summary: dict[str, object]) -> Iterator[Stack]:
    rt = None
    try:
        begin = time.monotonic()
        engine.up()
        summary["up_seconds"] = round(time.monotonic() - begin)
        (server,), (api,) = engine.of("mariadb"), engine.of("airflow-api-server")
        url = f"mysql+pymysql://data_consistency:{values['MARIADB_PASSWORD']}@{server.address}:3306/{_SCHEMA}"
        rt = runtime.build({"CONSISTENCY_CONFIG": "", "CONSISTENCY_DB_URL": url, "CONSISTENCY_VAR": "/nowhere"})
        client = sign_in(api.address, 8080, "admin", values["AIRFLOW_ADMIN_PASSWORD"])
        _await_first_run(client)
        summary["first_run_seconds"] = round(time.monotonic() - begin)
        engine.say(f"  the first check, by its schedule, was green {summary['first_run_seconds']} s after the start")
        work.settle(client)
        yield Stack(engine=engine, client=client, rt=rt)
    finally:
        if rt is not None:
            rt.engine.dispose()
        left = engine.down()
        summary["all_down"] = not left
        engine.say("  all is down" if not left else f"  STILL RUNNING: {', '.join(left)}")


def _await_first_run(client: Client) -> None:
    """What the file starts works by itself: nobody switches a DAG on, makes a pool or triggers a run."""
    wait_until(
        "a green run of consistency_check",
        lambda: bool(client.runs(work.CHECK, "success")),
        timeout_seconds=_FIRST_RUN_SECONDS,
    )


def _worker_killed(stack: Stack, morning: datetime, say: Say, summary: dict[str, object]) -> work.Outcome:
    say("4. A worker killed in the middle of the mapped run")
    at_work: dict[str, work.Task] = {}

    def kill(run_id: str) -> None:
        victim = _WORKERS[0]
        wait_until(f"a task on {victim}", lambda: bool(_on(stack.client, run_id, victim)), timeout_seconds=120)
        stack.engine.containers[victim].kill()
        begin = time.monotonic()
        at_work.update(_on(stack.client, run_id, victim))
        say(f"  killed with {', '.join(at_work) or 'nothing'} at work")

        def redone() -> bool:
            found = work.tasks(stack.client, run_id)
            return all(found[label].state == "success" for label in at_work)

        wait_until("the lost tasks redone", redone, timeout_seconds=300)
        summary["redone_after_seconds"] = round(time.monotonic() - begin)
        say(f"  redone after {summary['redone_after_seconds']} s")

    outcome = work.do(stack.client, stack.rt, morning, kill)
    tries = {label: outcome.tasks[label].tries for label in at_work}
    others = {task.tries for label, task in outcome.tasks.items() if label not in at_work}
    summary["redone_once"] = bool(tries) and set(tries.values()) == {2} and others == {1}
    _tell(say, f"tries {tries}, of all others {others}", outcome)
    stack.engine.start(_WORKERS[0])
    return outcome


def _on(client: Client, run_id: str, host: str) -> dict[str, work.Task]:
    found = work.tasks(client, run_id).items()
    return {label: task for label, task in found if task.state == "running" and task.host == host}


def _restarted(number: int, name: str) -> Callable[[Stack, datetime, Say, dict[str, object]], work.Outcome]:
    def fault(stack: Stack, morning: datetime, say: Say, summary: dict[str, object]) -> work.Outcome:
        del summary
        say(f"{number}. {name} killed and started again in the middle of the mapped run")
        outcome = work.do(stack.client, stack.rt, morning, lambda _run_id: stack.engine.restart(name))
        _tell(say, f"{name} restarted", outcome)
        return outcome

    return fault


_FAULTS: dict[str, Callable[[Stack, datetime, Say, dict[str, object]], work.Outcome]] = {
    "a worker killed": _worker_killed,
    "redis restarted": _restarted(5, "redis"),
    "mariadb restarted": _restarted(6, "mariadb"),
    "postgres restarted": _restarted(7, "postgres"),
}


def _the_rest(stack: Stack, summary: dict[str, object], say: Say) -> None:
    """Report, doctor and a second start of the demonstration, as a person uses them."""
    say("10. The report, the doctor, a second start")
    (scheduler,), (report,) = stack.engine.of("airflow-scheduler"), stack.engine.of("report")
    written = scheduler.run("consistency", "report", "--no-check", "--json", timeout_seconds=300)
    if written.returncode:
        raise ContainerFailed(f"consistency report: {written.stderr.strip()}")
    path = json.loads(written.stdout)["path"].partition("/data_docs/")[2]
    summary["report_is_served"] = report.run("healthy", f"http://localhost:8070/{path}").returncode == 0
    doctor = scheduler.run("consistency", "doctor")
    summary["doctor"] = doctor.stdout.splitlines()
    for line in doctor.stdout.splitlines():
        say(f"  {line}")
    before = tables.read(stack.rt.engine)
    again = replace(stack.engine.of("demo")[0])
    again.start({"mariadb": stack.engine.of("mariadb")[0].address})
    assert again.process is not None
    again.process.wait(120)
    summary["second_start_keeps_data"] = before == tables.read(stack.rt.engine)
    say(f"  a second start keeps the data: {summary['second_start_keeps_data']}")


def _tell(say: Say, what: str, outcome: work.Outcome) -> None:
    rows = ", ".join(f"{rows} {name}" for name, (rows, _) in outcome.found.items())
    say(f"  {what}: {len(outcome.tasks)} mapped tasks in {outcome.seconds:.0f} s; {rows}")
