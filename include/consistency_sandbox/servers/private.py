"""A private server: this user's own, on a socket in a folder, no network, no account, no system service.

The folder holds everything and may be deleted once the server is stopped. It is readable by its owner alone, which is
what protects the database: whoever reaches the socket is its root.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pymysql
from sqlalchemy import URL

from consistency_sandbox.servers import folder, system_tables
from consistency_sandbox.servers.kinds import MARIADB, Kind
from consistency_sandbox.servers.unpacked import Programs, programs
from data_consistency.errors import ConfigurationError, DatabaseUnavailable

_SCHEMA = re.compile(r"[A-Za-z0-9_]{1,64}")
_SETTINGS = (
    "--skip-networking",
    "--character-set-server=utf8mb4",  # without a configuration file the server speaks latin1
    "--collation-server=utf8mb4_unicode_ci",
    "--default-time-zone=+00:00",
    "--innodb-buffer-pool-size=128M",
    "--max-connections=100",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running private server."""

    kind: Kind
    data_dir: Path
    socket: Path
    pid: int
    version: str

    def url(self, schema: str = "") -> str:
        """SQLAlchemy URL of one schema on this server."""
        target = URL.create(
            "mysql+pymysql", "root", database=schema, query={"unix_socket": str(self.socket), "charset": "utf8mb4"}
        )
        return target.render_as_string(hide_password=False)

    def create_schema(self, schema: str) -> None:
        """Create an empty schema unless it exists.

        Raises:
            ConfigurationError: the name is not letters, digits and underscores.
        """
        if not _SCHEMA.fullmatch(schema):
            raise ConfigurationError(f"schema '{schema}': use letters, digits and underscores")
        with closing(_connect(self.socket)) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{schema}`")


def start(data_dir: Path, *, kind: Kind = MARIADB, options: Sequence[str] = (), timeout_seconds: float = 60) -> Server:
    """Start the server of this folder, making the folder's database first if there is none.

    A server that is already running is returned as it is.

    Args:
        data_dir: the folder of this server.
        kind: which server; a folder belongs to one kind for good.
        options: further server options; they win over ours.
        timeout_seconds: how long the server may take to answer; after a crash it recovers first.

    Raises:
        ConfigurationError: the server is not there and cannot be had, or the folder holds another kind's data.
        DatabaseUnavailable: the server ended or did not answer in time; the message quotes its log.
    """
    data_dir = data_dir.absolute()
    found = programs(kind)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    data_dir.chmod(0o700)
    with folder.locked(data_dir):
        _refuse_another(data_dir, kind)
        running = status(data_dir)
        if running:
            return running
        if not (data_dir / "data").exists():
            folder.note_kind(data_dir, kind)
            system_tables.make(found, data_dir)
        pid = folder.pid_of(data_dir)
        process = None if pid else _launch(found, data_dir, options)
        return _await_answer(data_dir, process, timeout_seconds)


def status(data_dir: Path) -> Server | None:
    """The running server of this folder; None when there is none or it does not answer."""
    data_dir = data_dir.absolute()
    pid = folder.pid_of(data_dir)
    if pid is None:
        return None
    socket = folder.socket_of(data_dir)
    try:
        with closing(_connect(socket)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            (version,) = cursor.fetchone() or ("",)
    except pymysql.MySQLError:
        return None
    return Server(kind=folder.kind_in(data_dir), data_dir=data_dir, socket=socket, pid=pid, version=str(version))


def stop(data_dir: Path, *, timeout_seconds: float = 60) -> bool:
    """Stop the server of this folder cleanly; False when none was running.

    Raises:
        DatabaseUnavailable: it did not end in time; it is left alone, for a kill could cost its data.
    """
    data_dir = data_dir.absolute()
    pid = folder.pid_of(data_dir)
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout_seconds
    while folder.is_alive(data_dir, pid):
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"{data_dir}: server {pid} still runs after {timeout_seconds:.0f} s; look at error.log"
            )
        time.sleep(0.05)
    folder.pid_file(data_dir).unlink(missing_ok=True)
    folder.remove_short_folder(data_dir)
    return True


def _refuse_another(data_dir: Path, kind: Kind) -> None:
    holds = folder.kind_in(data_dir)
    if (data_dir / "data").exists() and holds != kind:
        raise ConfigurationError(f"{data_dir}: holds data of {holds.title}, not of {kind.title}; use another folder")


def _launch(found: Programs, data_dir: Path, options: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Run the server in a session of its own, so that it outlives this process and its terminal."""
    folder.pid_file(data_dir).unlink(missing_ok=True)
    socket = folder.socket_of(data_dir)
    folder.make_short_folder(data_dir)
    socket.unlink(missing_ok=True)
    # Of its own: a server that starts clears the temporary tables it finds, also those of another one at work.
    scratch = data_dir / "tmp"
    scratch.mkdir(mode=0o700, exist_ok=True)
    command = found.command(
        found.kind.program,
        f"--datadir={data_dir / 'data'}",
        f"--tmpdir={scratch}",
        f"--socket={socket}",
        f"--pid-file={folder.pid_file(data_dir)}",
        *system_tables.as_user(),
        *_SETTINGS,
        *found.kind.settings,
        *options,
    )
    with (data_dir / "error.log").open("ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data_dir, start_new_session=True
        )


def _await_answer(data_dir: Path, process: "subprocess.Popen[bytes] | None", timeout_seconds: float) -> Server:
    log = data_dir / "error.log"
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        server = status(data_dir)
        if server:
            return server
        if process is not None and process.poll() is not None:
            reason = system_tables.reason_in(log.read_text(encoding="utf-8", errors="replace"))
            raise DatabaseUnavailable(f"{data_dir}: the server ended: {reason}; see {log}")
        time.sleep(0.05)
    raise DatabaseUnavailable(f"{data_dir}: no answer within {timeout_seconds:.0f} s; see {log}")


def _connect(socket: Path) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(unix_socket=str(socket), user="root", charset="utf8mb4", connect_timeout=5)
