"""A container without an engine: one service's processes in namespaces of their own, on a root folder of their own.

The root holds the machine's programs read-only, the image's stand-ins, the service's volumes and memory; nothing of the
checkout, of the home folders or of other services. Each container has its own network, processes, host name and user.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from consistency_sandbox.rehearsal.composition import Service
from consistency_sandbox.rehearsal.image import OTHERS, OURS, Image, argv
from data_consistency.errors import DataConsistencyError

BRIDGE = "rehearsal0"
NETWORK = "10.77.0"

# Runs as the first process of a container: builds the root, waits for the network, becomes an init that hands signals
# on and collects what its child leaves.
_BOOT = """
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$R"
for folder in usr etc dev {shared}; do mkdir -p "$R/$folder"; mount --rbind "/$folder" "$R/$folder"; done
for folder in usr etc {shared}; do mount -o remount,bind,ro "$R/$folder"; done
for link in bin sbin lib lib64; do [ ! -L "/$link" ] || ln -s "$(readlink "/$link")" "$R/$link"; done
mkdir -p "$R/proc" "$R/tmp" "$R/run" "$R/var/tmp" "$R/opt/data-consistency"
mount -t proc proc "$R/proc"
mount -t tmpfs tmpfs "$R/dev/shm"
chmod 1777 "$R/tmp" "$R/run" "$R/var/tmp" "$R/dev/shm"
{mounts}
for file in passwd hosts hostname; do mount --bind "$FILES/$file" "$R/etc/$file"; done
[ ! -d "$DAGS" ] || ln -s "$DAGS" "$R/opt/data-consistency/dags"
{seal}
ip link set lo up
hostname "$HOST"
echo ready
read -r go
exec chroot "$R" /bin/sh -c '
cd "$1"; shift
setpriv --reuid "$WHO" --regid 0 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@" &
child=$!
trap "kill -TERM $child" TERM INT
while kill -0 $child 2>/dev/null; do wait $child && code=0 || code=$?; done
exit $code
' init "$PLACE" "$@"
"""

_ROOMS = ("--mount", "--uts", "--ipc", "--net", "--pid")
_BARE = ("--no-new-privs", "--bounding-set=-all")


class ContainerFailed(DataConsistencyError):
    """A container did not do what was asked of it."""


@dataclass(slots=True, kw_only=True)
class Container:
    """One replica of a service; it holds the processes that stand for it."""

    service: Service
    number: int  # its place in the network
    host: str
    folder: Path  # its files on this machine: log, root, hosts
    image: Image
    volumes: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)
    is_wanted: bool = False  # whether it is started again when it ends

    @property
    def address(self) -> str:
        """Its address in the network of the rehearsal."""
        return f"{NETWORK}.{self.number}"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "log"

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self, hosts: Mapping[str, str]) -> None:
        """Build the root, lay the network to it, start the service's command."""
        self._write_files(hosts)
        command = ["unshare", *_ROOMS, "--fork", "--kill-child"]
        script = _BOOT.format(shared=self._shared(), mounts=self._mounts(), seal=self._seal())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "sh", "-c", script, "boot", *argv(self.service)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**self._environment(), **self._boot_settings()},
                start_new_session=True,
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if said != b"ready\n":
            raise ContainerFailed(f"{self.host}: its root could not be built; see {self.log}")
        self._plug_in()
        self._keep_output()
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()
        self.is_wanted = True

    def run(self, *command: str, timeout_seconds: float = 60) -> "subprocess.CompletedProcess[str]":
        """A command in the container, as its service's user."""
        enter = ["nsenter", f"--target={self._first()}", *_ROOMS, "--root", "--wd"]
        be = ["setpriv", f"--reuid={self._user()}", "--regid=0", "--clear-groups", *_BARE]
        return subprocess.run(
            [*enter, "--", *be, "--", *command],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )

    def is_healthy(self) -> bool:
        """What the file's health check says; a container without one is healthy while it runs."""
        if not self.is_running:
            return False
        kind, *test = self.service.health or ("CMD", "true")
        # Others' programs lie in the roots of their images; the stand-ins lie on the path.
        command = ["sh", "-c", *test] if kind == "CMD-SHELL" else [test[0].rpartition("/")[2], *test[1:]]
        try:
            return self.run(*command).returncode == 0
        except (subprocess.TimeoutExpired, ContainerFailed):
            return False

    def kill(self) -> None:
        """End all its processes at once, as a machine that goes away does."""
        self.is_wanted = False
        with suppress(ContainerFailed, ProcessLookupError):
            os.kill(self._first(), signal.SIGKILL)
        if self.process is not None:
            self.process.wait(10)

    def stop(self, timeout_seconds: float = 30) -> None:
        """Ask it to end, and end it when it does not."""
        self.is_wanted = False
        with suppress(ContainerFailed, ProcessLookupError):
            os.kill(self._first(), signal.SIGTERM)
        try:
            if self.process is not None:
                self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def _first(self) -> int:
        """Its first process, as this machine counts; the processes' parent is `unshare`."""
        if self.process is None or self.process.poll() is not None:
            raise ContainerFailed(f"{self.host} does not run; see {self.log}")
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        if not children:
            raise ContainerFailed(f"{self.host} does not run; see {self.log}")
        return int(children[0])

    def _plug_in(self) -> None:
        first, inside, outside = self._first(), f"in{self.number}", f"out{self.number}"
        for words in (
            f"ip link add {outside} type veth peer name {inside}",
            f"ip link set {outside} master {BRIDGE} up",
            # As an engine does it: who spoke to the container before it was started again finds it at once.
            f"ip link set {inside} address {hardware_address(self.address)}",
            f"ip link set {inside} netns {first}",
            f"nsenter --target={first} --net ip addr add {self.address}/24 dev {inside}",
            f"nsenter --target={first} --net ip link set {inside} up",
        ):
            done = subprocess.run(shlex.split(words), capture_output=True, text=True, check=False)
            if done.returncode:
                raise ContainerFailed(f"{self.host}: {words}: {done.stderr.strip()}")

    def _keep_output(self) -> None:
        """What the service prints goes to its log; the pipe was for the word that the root is built."""
        assert self.process is not None
        command = ["cat"]
        with self.log.open("ab") as log:
            subprocess.Popen(command, stdin=self.process.stdout, stdout=log, start_new_session=True)

    def _environment(self) -> dict[str, str]:
        path = f"{self.image.environment / 'bin'}:{self.image.programs}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        ours = {**self.image.settings, "HOME": "/opt/airflow"} if self.service.is_ours else {"HOME": "/tmp"}  # noqa: S108
        return {
            "LANG": "C.UTF-8",
            "HOSTNAME": self.host,
            "STAND_IN_PYTHON": sys.executable,
            **ours,
            "PATH": path,
            **self.service.environment,
        }

    def _boot_settings(self) -> dict[str, str]:
        dags = self.image.environment.glob("lib/python3*/site-packages/data_consistency/shipped/dags")
        return {
            "R": str(self.folder / "root"),
            "FILES": str(self.folder),
            "HOST": self.host,
            "DAGS": str(next(dags)) if self.service.is_ours else "",
            "WHO": str(self._user()),
            "PLACE": "/opt/data-consistency" if self.service.is_ours else "/tmp",  # noqa: S108
        }

    def _user(self) -> int:
        return OURS if self.service.is_ours else OTHERS

    def _shared(self) -> str:
        """Folders of this machine that a container sees beside its programs."""
        pythons = [] if sys.base_prefix.startswith("/usr") else [sys.base_prefix]
        own = [str(self.image.folder)] if self.service.is_ours else [str(self.image.programs), sys.prefix]
        return " ".join(shlex.quote(folder.lstrip("/")) for folder in [*pythons, *own])

    def _mounts(self) -> str:
        user = self._user()
        lines = ['mkdir -p "$R/opt/airflow"', f'chown {user}:0 "$R/opt/airflow"']
        for mount in self.service.mounts:
            target = f'"$R{mount.target}"'
            if mount.volume is None:
                lines += [f"mkdir -p {target}", f"mount -t tmpfs -o mode=1777 tmpfs {target}"]
                continue
            volume = self.volumes / mount.volume
            if not volume.is_dir():
                volume.mkdir(parents=True)
                if mount.volume == "var":
                    (volume / "data_docs").mkdir()  # as the image has it
                    os.chown(volume / "data_docs", user, 0)
                os.chown(volume, user, 0)
            lines += [f"mkdir -p {target}", f"mount --bind {shlex.quote(str(volume))} {target}"]
            if mount.is_read_only:
                lines.append(f"mount -o remount,bind,ro {target}")
        return "\n".join(lines)

    def _seal(self) -> str:
        return 'mount -o remount,ro "$R"' if self.service.is_read_only else ":"

    def _write_files(self, hosts: Mapping[str, str]) -> None:
        (self.folder / "root").mkdir(parents=True, exist_ok=True)
        user = f"airflow:x:{OURS}:0::/opt/airflow:/bin/sh\nservice:x:{OTHERS}:0::/tmp:/bin/sh\n"
        known = [f"{address} {name}" for name, address in hosts.items()]
        (self.folder / "passwd").write_text(f"root:x:0:0:root:/root:/bin/sh\n{user}", encoding="utf-8")
        (self.folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", *known, ""]), encoding="utf-8")
        (self.folder / "hostname").write_text(f"{self.host}\n", encoding="utf-8")


def wait_until(what: str, is_so: Callable[[], bool], *, timeout_seconds: float) -> float:
    """Wait for a condition; returns the seconds it took.

    Raises:
        ContainerFailed: it did not come in time.
    """
    begin = time.monotonic()
    while not is_so():
        if time.monotonic() - begin > timeout_seconds:
            raise ContainerFailed(f"{what}: not within {timeout_seconds:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - begin


def hardware_address(address: str) -> str:
    """The hardware address of an IPv4 address: local, and the same whenever a container starts with that address."""
    return ":".join(("02", "42", *(f"{int(part):02x}" for part in address.split("."))))
