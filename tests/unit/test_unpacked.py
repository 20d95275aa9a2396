"""Servers are unpacked beside the system: whole or not at all, once, from the mirror this machine uses, and signed."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consistency_sandbox.servers import apt, kinds, packages, unpacked
from data_consistency.errors import WrongUse

_MIRROR = "http://mirror.example.invalid/debian"
# Stands in for apt-get: it knows one mirror, and delivers the archive that lies beside it.
_APT = f"""#!/bin/sh
here=$(dirname "$0")
for word in "$@"; do case "$word" in --config-file=*) scratch=$(dirname "${{word#--config-file=}}");; esac; done
case "$*" in
  *--print-uris*)
    echo "'{_MIRROR}/dists/bookworm-updates/InRelease' x 0"
    echo "'{_MIRROR}/dists/bookworm/InRelease' x 0";;
  *" update "*)
    cp "$scratch/sources.list" "$here/asked"
    echo update >> "$here/calls"
    if [ -e "$here/away" ]; then echo 'W: no answer' >&2; echo 'E: mirror is away' >&2; exit 100; fi;;
  *install*)
    if [ -e "$here/gone" ]; then echo 'E: Unable to locate package' >&2; exit 100; fi
    cp "$here/server.deb" "$scratch/archives/server_1-2_amd64.deb";;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that stands before all others, with an apt-get of its own; an empty cache."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text(_APT)
    (programs / "apt-get").chmod(0o755)
    content = tmp_path / "content"
    for file in ("usr/sbin/mysqld", "usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/libc.so.6"):
        (content / file).parent.mkdir(parents=True, exist_ok=True)
        (content / file).touch()
    (content / "DEBIAN").mkdir()
    (content / "DEBIAN" / "control").write_text(
        "Package: server\nVersion: 1-2\nArchitecture: amd64\nMaintainer: t <t@example.invalid>\nDescription: t\n"
    )
    subprocess.run(["dpkg-deb", "--build", content, programs / "server.deb"], check=True, capture_output=True)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv(unpacked.CACHE, str(tmp_path / "cache"))
    return programs


def _left(machine: Path) -> list[str]:
    """What lies in the cache, but for locks."""
    return [path.name for path in (machine.parent / "cache").iterdir() if path.suffix != ".lock"]


def test_a_server_comes_from_the_mirror_of_this_machine_and_is_kept(machine: Path) -> None:
    """Its own suite and Debian's key are asked for, once; what was unpacked says which archives it holds."""
    found = unpacked.programs(kinds.MYSQL)
    again = unpacked.programs(kinds.MYSQL)

    assert found == again
    assert found.root is not None
    assert "server_1-2_amd64.deb\n" == (found.root / "archives.txt").read_text()
    assert [found.root.name] == _left(machine)
    assert "update\n" == (machine / "calls").read_text()
    asked = (machine / "asked").read_text()
    assert f"{_MIRROR} unstable main\n" in asked
    assert "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg" in asked


def test_an_unpacked_program_is_started_with_its_own_c_library(machine: Path) -> None:
    """The loader that came with it runs it; no configuration file of the machine is read."""
    found = unpacked.programs(kinds.MYSQL)

    command = found.command("mysqld", "--skip-networking")

    usr = f"{found.root}/usr"
    assert [f"{usr}/lib64/ld-linux-x86-64.so.2", "--library-path", f"{usr}/lib/x86_64-linux-gnu"] == command[:3]
    assert [f"{usr}/sbin/mysqld", "--no-defaults", f"--basedir={usr}"] == command[3:6]
    assert "--skip-networking" == command[-1]


def test_two_processes_at_once_make_one_download(machine: Path) -> None:
    """The second waits for the first and takes what it left."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: unpacked.programs(kinds.MYSQL), range(4)))

    assert 1 == len(set(found))
    assert "update\n" == (machine / "calls").read_text()


@pytest.mark.parametrize(
    ("fault", "says"), [("away", "apt-get failed: E: mirror is away"), ("gone", "E: Unable to locate package")]
)
def test_what_is_not_delivered_leaves_nothing_half(machine: Path, fault: str, says: str) -> None:
    """The error quotes apt's last word; the next attempt begins anew."""
    (machine / fault).touch()

    with pytest.raises(apt.NotDelivered, match=says):
        unpacked.programs(kinds.MYSQL)

    assert [] == _left(machine)
    (machine / fault).unlink()
    assert unpacked.programs(kinds.MYSQL).root


def test_what_a_killed_download_left_is_not_taken_for_a_server(machine: Path) -> None:
    """Half a server lies beside its place and is thrown away."""
    place = unpacked.programs(kinds.MYSQL).root
    assert place is not None
    half = place.with_name(f"{place.name}.new")
    place.rename(half)

    assert place == unpacked.programs(kinds.MYSQL).root
    assert [place.name] == _left(machine)


def test_an_unsigned_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own apt-get takes nothing from a mirror that Debian did not sign."""
    release = tmp_path / "mirror" / "dists" / "unstable"
    release.mkdir(parents=True)
    (release / "Release").write_text("Origin: Debian\nSuite: unstable\nCodename: sid\nComponents: main\n")
    (tmp_path / "sources.list").write_text(f"deb file:{tmp_path}/mirror unstable main\n")
    (tmp_path / "apt.conf").write_text(
        f'Dir::Etc::SourceList "{tmp_path}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    monkeypatch.setenv(unpacked.CACHE, str(tmp_path / "cache"))

    with pytest.raises(apt.NotDelivered, match="is not signed"):
        unpacked.programs(kinds.MARIADB_NEWEST)


@pytest.mark.parametrize(
    ("listed", "says"), [("", "apt names no mirror"), ("'cdrom:x/dists/a-b/InRelease' x 0", "apt names no mirror")]
)
def test_a_machine_without_a_mirror_says_so(
    machine: Path, monkeypatch: pytest.MonkeyPatch, listed: str, says: str
) -> None:
    """Nothing is guessed."""
    (machine / "apt-get").write_text(f'#!/bin/sh\necho "{listed}"\n')

    with pytest.raises(apt.NotDelivered, match=says):
        unpacked.programs(kinds.MYSQL)


def test_a_machine_without_apt_or_debians_key_says_so(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems have other ways to their servers."""
    monkeypatch.setattr(apt, "_KEYRING", machine / "none.gpg")
    with pytest.raises(apt.NotDelivered, match=r"none\.gpg is missing; install debian-archive-keyring"):
        unpacked.programs(kinds.MYSQL)

    monkeypatch.setenv("PATH", str(machine / "empty"))
    with pytest.raises(apt.NotDelivered, match="there is no apt-get here"):
        unpacked.programs(kinds.MYSQL)


def test_a_mirror_that_never_answers_is_given_up(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stalled download does not hold the run for ever."""
    monkeypatch.setattr(apt, "_LONGEST_SECONDS", 0.1)
    (machine / "apt-get").write_text("#!/bin/sh\nexec sleep 60\n")

    with pytest.raises(apt.NotDelivered, match="took longer than"):
        unpacked.programs(kinds.MYSQL)


def test_a_cache_that_cannot_be_written_names_its_setting(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line: the place, the reason, the variable."""
    (machine / "file").touch()
    monkeypatch.setenv(unpacked.CACHE, str(machine / "file"))

    with pytest.raises(apt.NotDelivered, match=rf"file/mysql-\w+: .*; {unpacked.CACHE} names the folder"):
        unpacked.programs(kinds.MYSQL)


def test_servers_are_kept_under_var_unless_a_folder_is_named(tmp_path: Path) -> None:
    """The default lies with everything else that is written."""
    assert tmp_path / "servers" == unpacked.cache_folder({"CONSISTENCY_VAR": str(tmp_path)})
    assert tmp_path / "kept" == unpacked.cache_folder({unpacked.CACHE: str(tmp_path / "kept")})


def test_the_systems_own_server_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found, or installed, as a package of the system."""
    monkeypatch.setattr(packages, "find", lambda command: f"/usr/sbin/{command}")

    assert ["/usr/sbin/mariadbd", "--no-defaults"] == unpacked.programs(kinds.MARIADB).command("mariadbd")


def test_an_unknown_server_names_those_there_are() -> None:
    """A name is one of three."""
    assert kinds.MYSQL == kinds.kind_of("mysql")
    with pytest.raises(WrongUse, match="no server 'oracle'; there are mariadb, mariadb-newest, mysql"):
        kinds.kind_of("oracle")
