"""Debian packages that no Python package can bring: the database server and, for tests, a browser and PHP.

Run as a module it installs what is missing among the commands named, and does nothing when all are there:
`python -m consistency_sandbox.servers.packages mariadbd chromium`.
"""

import os
import shutil
import subprocess
import sys

from data_consistency.errors import ConfigurationError

# Server programs live in sbin, which is not on the PATH of every user.
_FOLDERS = (
    *("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"),
    "/usr/lib/postgresql/15/bin",
)

# command -> the Debian package that brings it
PACKAGES = {
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
    "mariadb": "mariadb-client-core",
    "chromium": "chromium",
    "php": "php-cli",
    # Of the rehearsal.
    "ip": "iproute2",
    "nsenter": "util-linux",
    "postgres": "postgresql-15",
    "redis-server": "redis-server",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}


def find(command: str) -> str | None:
    """Full path of a command, also when it is in a folder for system programs; None: it is not installed."""
    return shutil.which(command, path=os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS]))


def require(*commands: str) -> None:
    """See that the commands exist, installing their packages where this user may.

    Raises:
        ConfigurationError: something is missing and could not be installed; the message says what to run.
    """
    missing = sorted({PACKAGES[command] for command in commands if find(command) is None})
    if not missing:
        return
    by_hand = f"run `apt-get install --no-install-recommends {' '.join(missing)}` as root, then repeat"
    prefix = _privilege()
    if prefix is None:
        raise ConfigurationError(f"{', '.join(missing)}: not installed, and this user may not install it; {by_hand}")
    _apt(prefix, missing, by_hand)
    absent = [command for command in commands if find(command) is None]
    if absent:
        raise ConfigurationError(f"{', '.join(absent)}: still not found after installing {', '.join(missing)}")


def _privilege() -> list[str] | None:
    """How apt-get is called here: plainly as root, by password-less sudo, or not at all."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _apt(prefix: list[str], packages: list[str], by_hand: str) -> None:
    """Refresh the package lists once and install, without questions."""
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    for command in ([*apt, "update"], install):
        # The progress goes to stderr: a command with --json keeps its stdout clean.
        finished = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if finished.returncode and command is install:
            raise ConfigurationError(f"{', '.join(packages)}: apt-get failed, see its output above; {by_hand}")


def main(commands: list[str]) -> int:
    """Install what is missing; one line on stderr when that is impossible."""
    try:
        require(*commands)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201  # run by make
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
