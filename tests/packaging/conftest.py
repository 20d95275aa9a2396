"""The wheel as others get it: built here, installed into environments that hold what it asks for and nothing else.

What the lock brought into the environment of the tests is linked into theirs: the same files, without a download.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
NAME = "data-consistency"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment with the wheel in it, and a folder to work in that is no checkout."""

    folder: Path
    home: Path

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        return self.folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def run(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """A program of the environment, with nothing of the checkout in sight."""
        return subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            cwd=self.home,
            env={**self._environ(), **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, code: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """A piece of Python in the environment."""
        return self.run("python", "-c", code, **settings)

    def _environ(self) -> Mapping[str, str]:
        own = ("PYTHONPATH", "VIRTUAL_ENV")
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in own and not name.startswith(("AIRFLOW", "CONSISTENCY_", "COVERAGE"))
        }
        return {
            **kept,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "AIRFLOW_HOME": str(self.home / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "GX_ANALYTICS_ENABLED": "false",
        }


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(artefacts: Path) -> Path:
    """The wheel."""
    (found,) = artefacts.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel without extras."""
    return _install(wheel, tmp_path_factory.mktemp("bare"), frozenset())


@pytest.fixture(scope="session")
def full(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with all extras."""
    return _install(wheel, tmp_path_factory.mktemp("full"), frozenset({"all"}))


def _install(wheel: Path, folder: Path, extras: frozenset[str]) -> Installed:
    installed = Installed(folder=folder / "venv", home=folder / "home")
    installed.home.mkdir()
    venv.create(installed.folder, symlinks=True)
    seen: dict[str, frozenset[str]] = {}
    _close(NAME, extras, seen)
    for name in seen:
        if name != NAME:
            _link(distribution(name), installed)
    command = [sys.executable, "-m", "pip", "--python", str(installed.folder / "bin" / "python"), "install"]
    command += ["--quiet", "--no-deps", "--no-index", "--no-warn-script-location", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return installed


def _close(name: str, extras: frozenset[str], seen: dict[str, frozenset[str]]) -> None:
    """Note a distribution and all that it asks for, with these extras."""
    new = extras - seen.get(name, frozenset())
    if name in seen and not new:
        return
    seen[name] = seen.get(name, frozenset()) | extras
    for wanted, its_extras in _wanted(name, seen[name]):
        _close(wanted, its_extras, seen)


def _wanted(name: str, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": one}) for one in extras | {""}):
            yield canonical(requirement.name), frozenset(requirement.extras)


def canonical(name: str) -> str:
    """A distribution's name in the one spelling that can be compared."""
    return name.lower().replace("_", "-").replace(".", "-")


def _link(found: Distribution, installed: Installed) -> None:
    """The files of a distribution at the same places of another environment; a program is told its new interpreter."""
    ours = Path(str(found.locate_file(""))).resolve()
    for file in found.files or ():
        source, target = Path(str(found.locate_file(file))).resolve(), (installed.packages / str(file)).resolve()
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent == installed.folder / "bin":
            text = source.read_text(encoding="utf-8", errors="surrogateescape")
            target.write_text(
                text.replace(str(ours.parents[2]), str(installed.folder)), encoding="utf-8", errors="surrogateescape"
            )
            shutil.copymode(source, target)
        elif not target.exists():
            _hard_link(source, target)


def _hard_link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copy2(source, target)
