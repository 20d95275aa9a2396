"""The first start of a server: its system tables, made beside their place and moved there whole."""

import os
import subprocess
import tempfile
from pathlib import Path

from consistency_sandbox.servers.unpacked import Programs
from data_consistency.errors import DatabaseUnavailable

_BEGIN = "CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
# What mariadb-install-db sends to its server, without help texts and test database.
_STATEMENTS = (
    "mariadb_system_tables.sql",
    "mariadb_performance_tables.sql",
    "mariadb_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "mariadb_sys_schema.sql",
)


def make(found: Programs, data_dir: Path) -> None:
    """Make the system tables in the folder's `data`; an interruption leaves nothing half.

    Raises:
        DatabaseUnavailable: the program that makes them failed; the message quotes it.
    """
    with tempfile.TemporaryDirectory(prefix="new-", dir=data_dir) as scratch:
        data = Path(scratch) / "data"
        program, command, statements = _way(found, data)
        done = subprocess.run(
            [*command, *as_user()],
            input=statements,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TMPDIR": scratch},  # a scratch folder of its own, as for the server
        )
        if done.returncode:
            reason = reason_in(done.stderr if done.stderr.strip() else done.stdout)
            raise DatabaseUnavailable(f"{data_dir}: {program} failed: {reason}")
        data.rename(data_dir / "data")


def as_user() -> list[str]:
    """The server refuses to run as root unless it is told so; in a container there may be nobody else."""
    return ["--user=root"] if os.geteuid() == 0 else []


def reason_in(text: str) -> str:
    """What a server's log says last of what went wrong."""
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "[ERROR]" in line and not line.rstrip().endswith("Aborting")]
    return (errors or lines or ["no message"])[-1].strip()


def _way(found: Programs, data: Path) -> tuple[str, list[str], str]:
    """The program, its command and what it reads."""
    place = f"--datadir={data}"
    if found.root is None:
        program = "mariadb-install-db"
        options = [place, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
        return program, found.command(program, *options), ""
    program = found.kind.program
    if program == "mysqld":
        return program, found.command(program, place, "--secure-file-priv=NULL", "--initialize-insecure"), ""
    # mariadb-install-db is a script around this, and would start the server without its own C library.
    data.mkdir()
    folder = found.root / "usr" / "share" / found.kind.messages
    statements = _BEGIN + "".join((folder / name).read_text(encoding="utf-8") for name in _STATEMENTS)
    return program, found.command(program, place, "--bootstrap", "--max_allowed_packet=8M"), statements
