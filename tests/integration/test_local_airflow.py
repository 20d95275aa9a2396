"""What holds a private Airflow together: its processes, its secrets, its interface; without waiting for Airflow."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from consistency_sandbox.private_airflow import database, environment, processes
from consistency_sandbox.private_airflow import server as airflow
from consistency_sandbox.private_airflow.client import AirflowUnavailable, Client, sign_in
from consistency_sandbox.servers import private
from data_consistency.errors import ConfigurationError, WrongUse
from data_consistency.project import shipped

_WAIT = "import sys; print('ready', flush=True); sys.stdin.read() or __import__('signal').pause()"
# A parent that says which child it has, then waits; the child outlives it.
_PARENT = (
    "import signal, subprocess, sys;"
    f"child = subprocess.Popen([sys.executable, '-c', {_WAIT!r}], stdout=subprocess.PIPE);"
    "child.stdout.readline(); print(child.pid, flush=True); signal.pause()"
)
_STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True);"
    "\nwhile True: signal.pause()"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder whose processes, if any, are ended after the test."""
    yield tmp_path
    processes.stop(tmp_path, timeout_seconds=1)


def _launch(home: Path, **scripts: str) -> dict[str, str]:
    """Launch Python scripts and wait for the first line of each."""
    commands = {name: [sys.executable, "-c", script] for name, script in scripts.items()}
    processes.launch(home, commands, os.environ)
    return {name: _first_line(home / f"{name}.log") for name in scripts}


def _first_line(log: Path) -> str:
    for _ in _patience():
        line, newline, _ = log.read_text(encoding="utf-8").partition("\n")
        if newline:
            return line
    raise AssertionError(f"{log.name} said nothing")


def _patience() -> Iterator[None]:
    """Try again for up to half a minute."""
    pause = threading.Event()
    for _ in range(600):
        yield
        pause.wait(0.05)


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in "ZX"


def test_what_was_launched_is_found_by_name_and_stopped(home: Path) -> None:
    """Each command has a session of its own; after stop nothing runs and nothing is remembered."""
    _launch(home, one=_WAIT, two=_WAIT)

    running = processes.running(home)
    assert {"one", "two"} == set(running)
    assert all(os.getsid(pid) == pid != os.getsid(0) for pid in running.values())
    assert ["one", "two"] == processes.stop(home, timeout_seconds=10)
    assert {} == processes.running(home)
    assert [] == processes.stop(home, timeout_seconds=1)


def test_the_child_of_a_killed_parent_is_stopped(home: Path) -> None:
    """Workers of a scheduler that was killed do not stay behind."""
    child = int(_launch(home, parent=_PARENT)["parent"])
    os.kill(processes.running(home)["parent"], signal.SIGKILL)
    assert any(not processes.running(home) for _ in _patience())
    assert not _is_gone(child)

    stopped = processes.stop(home, timeout_seconds=10)

    assert ["parent"] == stopped
    assert _is_gone(child)


def test_what_does_not_listen_is_killed(home: Path) -> None:
    """A process that ignores the request to end is ended all the same."""
    _launch(home, stubborn=_STUBBORN)
    pid = processes.running(home)["stubborn"]

    assert ["stubborn"] == processes.stop(home, timeout_seconds=0.2)
    assert _is_gone(pid)


def test_a_stranger_with_a_known_number_is_left_alone(home: Path) -> None:
    """Process ids are used again: one with another start time is not ours."""
    with subprocess.Popen([sys.executable, "-c", _WAIT], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        _launch(home, ours=_WAIT)
        path = home / "processes.json"
        state = json.loads(path.read_text(encoding="utf-8"))
        ours = state["processes"]["ours"]
        path.write_text(json.dumps({**state, "processes": {"lost": [stranger.pid, 1], "ours": ours}}), encoding="utf-8")

        assert {"ours": ours[0]} == processes.running(home)
        assert ["ours"] == processes.stop(home, timeout_seconds=10)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"boot": "another", "processes": {"x": [1, 1]}}', '{"boot": "%s", "processes": {"x": "yz"}}'],
    ids=["empty", "broken", "not an object", "before the machine booted", "no numbers"],
)
def test_a_stale_or_broken_note_says_that_nothing_runs(home: Path, text: str) -> None:
    """A note of another boot or a half-written one is survived."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    (home / "processes.json").write_text(text.replace("%s", boot), encoding="utf-8")
    (home / "airflow.json").write_text("{}", encoding="utf-8")

    assert {} == processes.running(home)
    assert airflow.status(home) is None
    assert not airflow.stop(home)


def test_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    """Each home has its own; a second start uses the same, else signed-in people would be thrown out."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    made, again, others = (environment.make_secrets(home) for home in (one, one, other))

    assert made == again
    assert not set(made.values()) & set(others.values())
    assert environment.password(one) != environment.password(other)
    assert len(made["AIRFLOW__API_AUTH__JWT_SECRET"]) >= 64
    assert {0o600} == {path.stat().st_mode & 0o777 for home in (one, other) for path in home.iterdir()}


def test_the_environment_keeps_to_the_machine_and_calls_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback alone, no examples, no statistics, our settings on top of the caller's."""
    monkeypatch.setenv("AIRFLOW__API__HOST", "0.0.0.0")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    env = environment.environment(tmp_path, 4321, {"CONSISTENCY_DRY_RUN": "true"}, shipped())

    assert "127.0.0.1" == env["AIRFLOW__API__HOST"]
    assert "http://127.0.0.1:4321" == env["AIRFLOW__API__BASE_URL"] == env["CONSISTENCY_BASE_URL"]
    assert f"sqlite:///{tmp_path}/airflow.db" == env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert ("False", "False") == (
        env["AIRFLOW__CORE__LOAD_EXAMPLES"],
        env["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"],
    )
    assert "false" == env["GX_ANALYTICS_ENABLED"]
    assert "true" == env["CONSISTENCY_DRY_RUN"]
    assert "PYTHONDONTWRITEBYTECODE" not in env
    ports = {env["AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"], env["AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT"]}
    assert 2 == len(ports)


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    """Nothing is started when the pages could not be served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigurationError, match=f"port {port} is taken"):
            airflow.start(tmp_path / "airflow", {}, shipped(), port=port)

    assert airflow.status(tmp_path / "airflow") is None


def test_a_component_that_ends_at_once_is_named_and_the_others_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an Airflow is none."""
    monkeypatch.setattr(airflow, "COMPONENTS", ("scheduler", "version"))

    with pytest.raises(AirflowUnavailable, match=r"Airflow's version ended; see .*version\.log"):
        airflow.start(tmp_path, {}, shipped())

    assert {} == processes.running(tmp_path)
    assert 0o700 == tmp_path.stat().st_mode & 0o777


@pytest.fixture
def interface() -> Iterator[Callable[..., Client]]:
    """A client of a server that answers everything in one way, at first perhaps in others."""
    servers: list[ThreadingHTTPServer] = []

    def answering(status: int, document: object, *first: tuple[int, object]) -> Client:
        answers = list(first)

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name the server calls
                code, said = answers.pop(0) if answers else (status, document)
                self.send_response(code)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            do_POST = do_PATCH = do_GET

            def log_message(self, format: str, *args: object) -> None:  # the name the server calls
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return Client(host="127.0.0.1", port=server.server_port, token="t")

    yield answering
    for server in servers:
        server.shutdown()
        server.server_close()


def test_what_a_busy_database_undid_is_asked_again(interface: Callable[..., Client]) -> None:
    """Airflow's own file is locked for a moment when many of its processes write."""
    busy = (500, {"detail": {"reason": "Database error", "message": "look into the logs"}})

    assert "manual__1" == interface(200, {"dag_run_id": "manual__1"}, busy, busy).trigger("consistency_check")


def test_the_interface_s_refusals_become_one_line(interface: Callable[..., Client]) -> None:
    """Unknown, refused, nonsense and too slow are told apart."""
    with pytest.raises(WrongUse, match="Airflow knows no /api/v2/dags/nothing/dagRuns"):
        interface(404, {}).trigger("nothing")
    with pytest.raises(AirflowUnavailable, match="Airflow refused GET /api/v2/dags: 500"):
        interface(500, {}).dags()
    with pytest.raises(AirflowUnavailable, match="answered with list"):
        interface(200, []).dags()
    with pytest.raises(AirflowUnavailable, match="still running after 0 s"):
        interface(200, {"state": "running"}).wait("a", "r", timeout_seconds=0)
    with pytest.raises(AirflowUnavailable, match="does not answer"):
        sign_in("127.0.0.1", environment.free_ports(1)[0], "admin", "x")
    assert "token" not in repr(interface(200, {}))


def test_a_dag_that_cannot_be_read_is_named_by_its_file(interface: Callable[..., Client]) -> None:
    """The last line of the trace says enough."""
    error = {"filename": "a.py", "stack_trace": "Traceback ...\nNameError: name 'x' is not defined\n"}
    client = interface(200, {"import_errors": [error]})

    assert ["a.py: NameError: name 'x' is not defined"] == client.import_errors()


def test_the_private_database_is_stopped_only_by_who_started_it(tmp_path: Path) -> None:
    """One that ran before stays; a demo that was never made is not invented."""
    with pytest.raises(WrongUse, match="no demo yet"):
        database.ensure(None, tmp_path / "demo", is_demo=True)

    url = database.ensure(None, tmp_path, is_demo=False)
    note = database.missing(url, shipped())
    first = database.release(tmp_path)
    private.start(tmp_path / "mariadb")
    database.ensure(None, tmp_path, is_demo=False)
    second = database.release(tmp_path)
    was_left = private.stop(tmp_path / "mariadb")

    assert "data_consistency" == note
    assert (True, False, True) == (first, second, was_left)


@pytest.mark.parametrize(
    ("ended", "task", "told"),
    [("success", "success", "success"), ("failed", "failed", "failed"), (None, "awaiting_input", airflow.ASKS_PEOPLE)],
)
def test_a_first_run_that_asks_people_is_not_waited_for(ended: str | None, task: str, told: str) -> None:
    """It goes on when somebody has answered, which may be days."""
    client: Any = SimpleNamespace(
        runs=lambda _dag, *states: ["r"] if ended in states else [],
        active_runs=lambda _dag: [] if ended else ["r"],
        task_states=lambda _dag, _run: {"take": "success", "approve[0]": task},
    )
    started: Any = SimpleNamespace(client=lambda: client)

    assert {"consistency_approvals": told} == airflow.first_runs(started, ["consistency_approvals"])
