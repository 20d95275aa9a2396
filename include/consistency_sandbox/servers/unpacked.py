"""Servers unpacked beside the system, kept in a folder that outlives a run: `CONSISTENCY_SERVER_CACHE`.

Each is unpacked beside its place and moved there whole, by one process at a time: what is there is complete. It stays
until somebody removes its folder; the next start then fetches the newest.
"""

import fcntl
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from consistency_sandbox.servers import apt, packages
from consistency_sandbox.servers.kinds import Kind
from data_consistency import config, project

CACHE = "CONSISTENCY_SERVER_CACHE"
_ARCHIVES = "archives.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs of a kind lie."""

    kind: Kind
    root: Path | None  # of what was unpacked; None: the system's own

    def command(self, program: str, *options: str) -> list[str]:
        """The command that runs a program; an unpacked one needs the C library that came with it."""
        if self.root is None:
            return [packages.find(program) or program, "--no-defaults", *options]
        usr = self.root / "usr"
        loader = next(path for folder in ("lib64", "lib") for path in sorted((usr / folder).glob("ld-linux-*.so.*")))
        libraries = next((usr / "lib").glob("*-linux-gnu*"))
        place = f"--lc-messages-dir={usr / 'share' / self.kind.messages}"
        start = [str(loader), "--library-path", str(libraries), str(usr / "sbin" / program)]
        return [*start, "--no-defaults", f"--basedir={usr}", place, *options]


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where unpacked servers are kept: the folder that the environment names, else one under var/."""
    env = os.environ if environ is None else environ
    named = env.get(CACHE)
    folder = Path(named) if named else config.load_settings(project.find(env), env).var / "servers"
    return folder.expanduser().absolute()


def programs(kind: Kind) -> Programs:
    """The programs of a kind, fetched or installed when they are missing.

    Raises:
        NotDelivered: Debian's unstable suite does not deliver it now.
        ConfigurationError: the system's own server is not installed and cannot be.
    """
    if kind.unpacked is None:
        packages.require("mariadbd", "mariadb-install-db")
        return Programs(kind=kind, root=None)
    # One folder may serve machines of several sorts.
    place = cache_folder() / f"{kind.name}-{platform.machine()}"
    try:
        with _locked(place.with_name(f"{place.name}.lock")):
            if not place.exists():
                _fetch(kind.unpacked, place)
    except OSError as error:
        raise apt.NotDelivered(f"{place}: {error.strerror or error}; {CACHE} names the folder of servers") from error
    return Programs(kind=kind, root=place)


def _fetch(package: str, place: Path) -> None:
    new = place.with_name(f"{place.name}.new")
    shutil.rmtree(new, ignore_errors=True)  # what a fetch left that was killed; nobody else holds the lock
    try:
        (new / "apt").mkdir(parents=True)
        (new / "root").mkdir()
        archives = apt.unpack(package, new / "root", new / "apt")
        (new / "root" / _ARCHIVES).write_text("\n".join(archives) + "\n", encoding="utf-8")
        (new / "root").rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two processes at once make one download."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
