"""What stands in for the images: the Dockerfile's own steps for ours, Debian's programs for those of others.

Ours is an environment made of the image's lock and the wheel. Of the others the part of their entrypoints is played
that the compose file speaks to: accounts and schema made from the environment at the first start.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from consistency_sandbox.rehearsal.composition import Service
from data_consistency.errors import ConfigurationError

_POSTGRES = "/usr/lib/postgresql/15/bin"
OURS, OTHERS = 50000, 999  # user ids

# The entrypoints of others, as far as the compose file speaks to them.
_ENTRYPOINTS = {
    "mariadb": """
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --no-defaults --datadir=/var/lib/mysql --auth-root-authentication-method=normal --skip-test-db
fi
cat > /tmp/init.sql <<END
CREATE DATABASE IF NOT EXISTS $MARIADB_DATABASE;
CREATE USER IF NOT EXISTS $MARIADB_USER@'%' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON $MARIADB_DATABASE.* TO $MARIADB_USER@'%';
ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
END
exec mariadbd --no-defaults --datadir=/var/lib/mysql --socket=/run/mysqld.sock --tmpdir=/tmp \\
  --init-file=/tmp/init.sql "$@"
""",
    "postgres": f"""
data=/var/lib/postgresql/data
if [ ! -f $data/PG_VERSION ]; then
  echo "$POSTGRES_PASSWORD" > /tmp/password
  {_POSTGRES}/initdb --pgdata=$data --username="$POSTGRES_USER" --pwfile=/tmp/password \\
    --auth-host=scram-sha-256 --auth-local=trust
  echo "CREATE DATABASE $POSTGRES_DB" | {_POSTGRES}/postgres --single -D $data postgres
  echo "host all all all scram-sha-256" >> $data/pg_hba.conf
fi
exec {_POSTGRES}/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/tmp
""",
    "redis": 'exec "$@"',
    "mailpit": """
exec "$STAND_IN_PYTHON" -m aiosmtpd --nosetuid --listen 0.0.0.0:1025 --class aiosmtpd.handlers.Mailbox /tmp/mails
""",
}
# Programs that the health checks of others name.
_PROBES = {
    "healthcheck.sh": 'exec mariadb --no-defaults -h127.0.0.1 -u"$MARIADB_USER" -p"$MARIADB_PASSWORD" -e "SELECT 1"',
    "pg_isready": f'exec {_POSTGRES}/pg_isready --host=/tmp "$@"',
    "mailpit": 'exec "$STAND_IN_PYTHON" -c "import socket; socket.create_connection((\'127.0.0.1\', 1025))"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The stand-ins, and where they lie."""

    folder: Path
    settings: Mapping[str, str]  # the Dockerfile's ENV

    @property
    def environment(self) -> Path:
        """The Python environment of our image."""
        return self.folder / "venv"

    @property
    def programs(self) -> Path:
        """Programs that stand in for those of the images."""
        return self.folder / "bin"


def at(checkout: Path, folder: Path) -> Image:
    """The image that was built in a folder."""
    return Image(folder=folder, settings=_settings(checkout / "Dockerfile"))


def build(checkout: Path, folder: Path) -> Image:
    """Make our image's environment anew where a lock changed, and its wheel in any case.

    Raises:
        ConfigurationError: a step of the Dockerfile fails; quotes the last line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image = at(checkout, folder)
    locks = [checkout / "requirements-build.txt", checkout / "requirements-compose.txt"]
    made_of = folder / "locks.txt"
    wanted = "".join(lock.read_text(encoding="utf-8") for lock in locks)
    pip = [str(image.environment / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    if not made_of.is_file() or made_of.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(image.environment, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(image.environment)], checkout)
        for lock in locks:
            _run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)], checkout)
        made_of.write_text(wanted, encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        python = str(image.environment / "bin" / "python")
        _run([python, "-m", "hatchling", "build", "-t", "wheel", "-d", scratch], checkout)
        (wheel,) = Path(scratch).glob("*.whl")
        _run([*pip, "--no-deps", "--no-index", "--force-reinstall", str(wheel)], checkout)
    _write_programs(image)
    return image


def argv(service: Service) -> list[str]:
    """What the first process of a service's container runs."""
    if service.is_ours:
        return list(service.command)
    kind = service.image.partition(":")[0].rpartition("/")[2]
    return ["sh", "-euc", _ENTRYPOINTS[kind], kind, *service.command]


def _settings(dockerfile: Path) -> dict[str, str]:
    """ENV of the last stage."""
    stage = dockerfile.read_text(encoding="utf-8").rpartition("\nFROM ")[2].replace("\\\n", " ")
    lines = re.findall(r"^ENV (.*)$", stage, re.MULTILINE)
    return {name: value for line in lines for name, _, value in (word.partition("=") for word in line.split())}


def _write_programs(image: Image) -> None:
    image.programs.mkdir(exist_ok=True)
    python = image.environment / "bin" / "python"
    healthy = f"#!{python} -S\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=10)\n"
    scripts = {"healthy": healthy, **{name: f"#!/bin/sh\n{text}\n" for name, text in _PROBES.items()}}
    for name, text in scripts.items():
        path = image.programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip() and "WARNING" not in line]
        raise ConfigurationError(f"{' '.join(command[:6])} ...: {(lines or ['no message'])[-1]}")
