"""The private database server: it starts once, stops cleanly and survives what is left of a crash."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from consistency_sandbox.cli import db
from consistency_sandbox.servers import folder, packages, private
from data_consistency.errors import ConfigurationError, DatabaseUnavailable

_SMALL = ("--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0")


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder whose server, if any, is stopped after the test."""
    path = tmp_path / "mariadb"
    yield path
    private.stop(path)


def test_start_answers_with_utf8_utc_and_no_network(data_dir: Path) -> None:
    """A started server speaks utf8mb4 and UTC and cannot be reached over the network."""
    server = private.start(data_dir, options=_SMALL)
    server.create_schema("shop")

    engine = create_engine(server.url("shop"))
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT @@character_set_server, @@time_zone, @@skip_networking, DATABASE(), VERSION()")
        ).one()
    engine.dispose()

    assert ("utf8mb4", "+00:00", 1, "shop") == tuple(row)[:4]
    assert server.version == row[4]


def test_start_twice_returns_the_same_server(data_dir: Path) -> None:
    """Starting a running server changes nothing."""
    first = private.start(data_dir, options=_SMALL)

    second = private.start(data_dir, options=_SMALL)

    assert first == second == private.status(data_dir)


def test_data_survives_stop_and_start(data_dir: Path) -> None:
    """A stop is clean: the schema is there after the next start, and stopping twice is no error."""
    private.start(data_dir, options=_SMALL).create_schema("kept")

    assert private.stop(data_dir)
    assert not private.stop(data_dir)
    assert private.status(data_dir) is None

    again = private.start(data_dir, options=_SMALL)
    with pymysql.connect(unix_socket=str(again.socket), user="root", database="kept") as connection:
        assert connection.open


def test_only_the_owner_may_enter_the_folder(data_dir: Path) -> None:
    """The folder protects the database, so nobody else may read it."""
    data_dir.mkdir(mode=0o755)

    private.start(data_dir, options=_SMALL)

    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_a_killed_server_starts_again(data_dir: Path) -> None:
    """The pid file of a server that was killed does not stand in the way."""
    killed = private.start(data_dir, options=_SMALL)
    os.kill(killed.pid, signal.SIGKILL)
    os.waitpid(killed.pid, 0)

    assert private.status(data_dir) is None
    assert private.start(data_dir, options=_SMALL).pid != killed.pid


def test_a_pid_that_now_belongs_to_somebody_else_is_not_signalled(data_dir: Path) -> None:
    """A stale pid file that names a living stranger is stale all the same."""
    data_dir.mkdir()
    (data_dir / "mariadbd.pid").write_text(f"{os.getpid()}\n")

    assert private.status(data_dir) is None
    assert not private.stop(data_dir)


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    """A folder deeper than a socket's path may be long still gets a server."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    server = private.start(deep, options=_SMALL)
    short_folder = server.socket.parent
    private.stop(deep)

    assert len(os.fsencode(server.socket)) < 100
    assert not short_folder.exists()


def test_a_short_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can lay a folder in the way and read our socket."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    shared = tmp_path / "t"
    shared.mkdir()
    monkeypatch.setattr(folder, "_SHORT", shared)
    strange = folder.socket_of(deep).parent
    strange.mkdir()
    strange.chmod(0o777)

    with pytest.raises(ConfigurationError, match="belongs to somebody else"):
        private.start(deep, options=_SMALL)


def test_a_server_that_ends_at_once_is_quoted(data_dir: Path) -> None:
    """The error names the folder and says in the server's words what was wrong."""
    with pytest.raises(DatabaseUnavailable, match="unknown option '--no-such-option'"):
        private.start(data_dir, options=["--no-such-option"])


def test_an_interrupted_initialisation_is_repeated(data_dir: Path) -> None:
    """What an interrupted first start left behind is not taken for a database."""
    (data_dir / "new-left").mkdir(parents=True)

    assert private.start(data_dir, options=_SMALL).version


def test_a_failed_initialisation_leaves_nothing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that cannot make the system tables is an error of one line."""
    monkeypatch.setattr(packages, "find", lambda _command: "/bin/false")

    with pytest.raises(DatabaseUnavailable, match="mariadb-install-db failed"):
        private.start(data_dir)

    assert not (data_dir / "data").exists()


def test_a_server_that_does_not_answer_in_time_is_an_error(data_dir: Path) -> None:
    """Waiting ends, and the error names the log."""
    with pytest.raises(DatabaseUnavailable, match=r"no answer within 0 s; see .*error\.log"):
        private.start(data_dir, options=_SMALL, timeout_seconds=0)

    assert private.start(data_dir, options=_SMALL).pid


def test_a_server_without_its_socket_is_no_running_server(data_dir: Path) -> None:
    """A process alone is not enough to work with; stopping it still works, and does not wait for ever."""
    server = private.start(data_dir, options=_SMALL)
    server.socket.unlink()

    assert private.status(data_dir) is None
    with pytest.raises(DatabaseUnavailable, match="still runs after 0 s"):
        private.stop(data_dir, timeout_seconds=0)
    assert private.stop(data_dir)


def test_a_schema_name_is_never_sql(database_server: private.Server) -> None:
    """A name that could end the identifier is refused."""
    with pytest.raises(ConfigurationError, match="letters, digits and underscores"):
        database_server.create_schema("a`; DROP DATABASE mysql; --")


def test_the_commands_tell_machines_the_same(tmp_path: Path) -> None:
    """`db start`, `status` and `stop` answer in JSON, with the URL to use."""
    runner = CliRunner()
    stopped = runner.invoke(db.group, ["status", "--json"])
    started = runner.invoke(db.group, ["start", "--json"])
    status = runner.invoke(db.group, ["status", "--json"])
    for_people = runner.invoke(db.group, ["status"])
    end = runner.invoke(db.group, ["stop", "--json"])

    assert (3, {"running": False}) == (stopped.exit_code, json.loads(stopped.stdout))
    assert json.loads(started.stdout) == json.loads(status.stdout)
    assert json.loads(status.stdout)["url"].startswith("mysql+pymysql://root@")
    assert "export CONSISTENCY_DB_URL='mysql+pymysql://" in for_people.stdout
    assert {"running": False, "stopped": True} == json.loads(end.stdout)


def test_the_commands_tell_people_how_to_start(tmp_path: Path) -> None:
    """Status and stop without a server say what to do or nothing more."""
    runner = CliRunner()

    assert "`consistency db start` starts it" in runner.invoke(db.group, ["status"]).stdout
    assert "not running" in runner.invoke(db.group, ["stop"]).stdout
