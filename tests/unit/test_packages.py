"""Debian packages are installed only when missing and allowed; otherwise one line says what to do."""

import subprocess

import pytest

from consistency_sandbox.servers import packages
from data_consistency.errors import ConfigurationError


class _Machine:
    """A machine without the database server: which commands exist, who we are, and what was run."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, uid: int, sudo: bool, apt: bool = True, works: bool = True):
        self.installed: set[str] = {"apt-get"} if apt else set()
        self.installed |= {"sudo"} if sudo else set()
        self.works = works
        self.runs: list[list[str]] = []
        monkeypatch.setattr(packages.os, "geteuid", lambda: uid)
        monkeypatch.setattr(packages.shutil, "which", self._which)
        monkeypatch.setattr(packages.subprocess, "run", self._run)

    def _which(self, command: str, **_options: str) -> str | None:
        return f"/usr/bin/{command}" if command in self.installed else None

    def _run(self, command: list[str], **_options: object) -> "subprocess.CompletedProcess[str]":
        self.runs.append(command)
        if "install" in command and self.works:
            self.installed |= {name for name, package in packages.PACKAGES.items() if package in command}
        return subprocess.CompletedProcess(command, 0 if self.works or "true" in command else 100)


def test_nothing_is_run_when_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A complete machine is left alone."""
    machine = _Machine(monkeypatch, uid=0, sudo=False)
    machine.installed |= {"mariadbd"}

    packages.require("mariadbd")

    assert [] == machine.runs


def test_root_installs_what_is_missing_after_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands of one package are one installation."""
    machine = _Machine(monkeypatch, uid=0, sudo=False)

    packages.require("mariadbd", "mariadb-install-db")

    assert ["update", "mariadb-server-core"] == [run[-1] for run in machine.runs]
    assert all(run[0] == "env" for run in machine.runs)


def test_a_user_with_passwordless_sudo_installs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal only sudo that asks nothing is used."""
    machine = _Machine(monkeypatch, uid=1000, sudo=True)

    packages.require("chromium")

    assert ["sudo", "-n", "env"] == machine.runs[-1][:3]


@pytest.mark.parametrize("apt", [True, False])
def test_anybody_else_is_told_what_to_run(monkeypatch: pytest.MonkeyPatch, *, apt: bool) -> None:
    """Without the right or without apt-get the message is the command to run."""
    _Machine(monkeypatch, uid=1000, sudo=False, apt=apt)

    with pytest.raises(ConfigurationError, match="run `apt-get install --no-install-recommends mariadb-server-core`"):
        packages.require("mariadbd")


def test_a_failed_installation_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of apt-get is not passed over."""
    _Machine(monkeypatch, uid=0, sudo=False, works=False)

    with pytest.raises(ConfigurationError, match="apt-get failed"):
        packages.require("mariadbd")


def test_a_package_without_its_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that brought nothing is an error here, not later."""
    _Machine(monkeypatch, uid=0, sudo=False)
    monkeypatch.setitem(packages.PACKAGES, "nothing", "nothing-there")
    monkeypatch.setattr(packages, "_apt", lambda *_arguments: None)

    with pytest.raises(ConfigurationError, match="nothing: still not found"):
        packages.require("nothing")


def test_the_module_run_by_make_ends_with_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 0 when complete, 1 and one line when not."""
    machine = _Machine(monkeypatch, uid=1000, sudo=False)

    assert 1 == packages.main(["chromium"])
    assert 1 == capsys.readouterr().err.count("\n")

    machine.installed |= {"chromium"}
    assert 0 == packages.main(["chromium"])
