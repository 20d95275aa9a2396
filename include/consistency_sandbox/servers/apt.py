"""A Debian package of the unstable suite, unpacked into a folder: nothing is installed, and no root is needed.

apt gets a configuration of its own, with lists, status and archives in the caller's scratch folder. It asks the mirror
that this machine's apt asks for Debian itself, and checks the signatures of Debian's archive.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from data_consistency.errors import ConfigurationError

_SUITE = "unstable"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Updates, security and backports have a dash in their name and may lie elsewhere.
_MIRROR = re.compile(r"^'(.+)/dists/[^/'-]+/InRelease'", re.MULTILINE)
_LONGEST_SECONDS = 900.0
# Read after the machine's own configuration, whose proxies and credentials stay in force.
_CONFIGURATION = """
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
Dir::Etc::SourceList "{scratch}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{scratch}/state";
Dir::State::Lists "{scratch}/lists";
Dir::State::Status "{scratch}/status";
Dir::Cache::Archives "{scratch}/archives";
Dir::Cache::PkgCache "";
Dir::Cache::SrcPkgCache "";
Dir::Log "{scratch}";
Debug::NoLocking "true";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Get::AllowUnauthenticated "false";
APT::Keep-Downloaded-Packages "true";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
"""


class NotDelivered(ConfigurationError):
    """A package could not be had: the suite moves, and a mirror may be away. Try again later."""


def unpack(package: str, into: Path, scratch: Path) -> list[str]:
    """Unpack a package and all that it depends on.

    Args:
        package: of Debian's unstable suite.
        into: the folder that becomes the root of what is unpacked.
        scratch: an empty folder for what apt keeps.

    Returns:
        The archives that were unpacked, as Debian names them: with version and architecture.

    Raises:
        NotDelivered: no mirror is known, or it did not deliver; the message quotes apt's last error.
    """
    for folder in ("lists/partial", "archives/partial", "state"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    (scratch / "apt.conf").write_text(_CONFIGURATION.format(scratch=scratch), encoding="utf-8")
    apt = ["apt-get", "--quiet=2", f"--config-file={scratch / 'apt.conf'}"]
    _find_suite(package, apt, scratch / "sources.list")
    _run(package, [*apt, "--yes", "--download-only", "install", package])
    archives = sorted((scratch / "archives").glob("*.deb"))
    if not archives:
        raise NotDelivered(f"{package}: apt-get downloaded nothing; try again later")
    for archive in archives:
        _run(package, ["dpkg-deb", "--extract", str(archive), str(into)])
    return [archive.name for archive in archives]


def _find_suite(package: str, apt: list[str], sources: Path) -> None:
    """Have apt read the suite's list from where this machine gets Debian itself.

    Other repositories may be named beside Debian's; only Debian's has the suite and its signature.
    """
    mirrors = _mirrors(package)
    for mirror in mirrors:
        sources.write_text(f"deb [signed-by={_KEYRING} target=Packages] {mirror} {_SUITE} main\n", encoding="utf-8")
        try:
            _run(package, [*apt, "update", "--error-on=any"])
        except NotDelivered:
            if mirror == mirrors[-1]:
                raise
        else:
            return


def _mirrors(package: str) -> list[str]:
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise NotDelivered(f"{package}: comes from Debian, and there is no {program} here")
    if not _KEYRING.exists():
        raise NotDelivered(f"{package}: {_KEYRING} is missing; install debian-archive-keyring")
    # What it would ask for; needs no list that was read before.
    uris = _run(package, ["apt-get", "--option=Debug::NoLocking=true", "--print-uris", "update"])
    mirrors = list(dict.fromkeys(_MIRROR.findall(uris)))
    if not mirrors:
        raise NotDelivered(f"{package}: apt names no mirror here; look at /etc/apt/sources.list")
    return mirrors


def _run(package: str, command: list[str]) -> str:
    """Run a program of apt's; its output.

    Raises:
        NotDelivered: it failed; the message quotes its last error.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            timeout=_LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NotDelivered(f"{package}: {command[0]} took longer than {_LONGEST_SECONDS:.0f} s") from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("E:")] or done.stderr.splitlines()
        raise NotDelivered(f"{package}: {command[0]} failed: {said[-1] if said else done.returncode}")
    return done.stdout
