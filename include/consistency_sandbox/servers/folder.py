"""What lies in the folder of one private server: its kind, its process id, its socket, its lock."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from consistency_sandbox.servers.kinds import MARIADB, Kind, kind_of
from data_consistency.errors import ConfigurationError

_LONGEST_SOCKET = 100  # bytes; the kernel's limit is 107, and the server appends to the path for its own files
_KIND = "kind"
_SHORT = Path("/tmp")  # noqa: S108  # not $TMPDIR: every process of this user must arrive at the same folder


def kind_in(data_dir: Path) -> Kind:
    """Whose data a folder holds; the system's MariaDB where nothing is noted, as in folders of earlier versions."""
    try:
        return kind_of((data_dir / _KIND).read_text(encoding="ascii").strip())
    except OSError:
        return MARIADB


def note_kind(data_dir: Path, kind: Kind) -> None:
    """Say whose data the folder holds."""
    (data_dir / _KIND).write_text(f"{kind.name}\n", encoding="ascii")


def pid_of(data_dir: Path) -> int | None:
    """Process id of this folder's server, if that process runs and is not a stranger who got the number since."""
    try:
        pid = int(pid_file(data_dir).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return pid if is_alive(data_dir, pid) else None


def is_alive(data_dir: Path, pid: int) -> bool:
    """Whether the process runs and serves this folder."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # collects it when it was our own child
    return f"--datadir={data_dir / 'data'}" in _command_line(pid)


def _command_line(pid: int) -> list[str]:
    """Arguments of a running process; empty for one that ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def pid_file(data_dir: Path) -> Path:
    """Where the server writes its process id."""
    return data_dir / f"{kind_in(data_dir).program}.pid"


def socket_of(data_dir: Path) -> Path:
    """The socket in the folder, or under /tmp when the path would be too long."""
    socket = data_dir / f"{kind_in(data_dir).program}.sock"
    if len(os.fsencode(socket)) <= _LONGEST_SOCKET:
        return socket
    key = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return _SHORT / f"consistency-{os.geteuid()}-{key}" / socket.name


def make_short_folder(data_dir: Path) -> None:
    """Make the folder of a socket that is not in the server's own, for this user alone.

    Raises:
        ConfigurationError: somebody else's folder lies in the way.
    """
    folder = socket_of(data_dir).parent
    if folder == data_dir:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat()
    if folder.is_symlink() or owner.st_uid != os.geteuid() or owner.st_mode & 0o077:
        raise ConfigurationError(f"{folder}: belongs to somebody else; remove it or use a shorter path than {data_dir}")


def remove_short_folder(data_dir: Path) -> None:
    """Remove what `make_short_folder` made."""
    folder = socket_of(data_dir).parent
    if folder != data_dir:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Two commands started at once make one server."""
    with (data_dir / "start.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
