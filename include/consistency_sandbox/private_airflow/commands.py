"""Commands as people type them: the program of this environment, and one that knows a private database."""

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from data_consistency.project import Project

_NAME = "consistency"
# What a private database and the demo on it are made of; nothing else is kept in a file.
_KEPT = ("CONSISTENCY_CONFIG", "CONSISTENCY_DB_URL", "CONSISTENCY_DRY_RUN", "CONSISTENCY_VAR")


def program() -> str:
    """The command of this environment, so that it can be typed here."""
    installed = Path(sys.executable).with_name(_NAME)
    return shown(installed) if installed.exists() else f"{shown(Path(sys.executable))} -m data_consistency"


def write(var: Path, settings: Mapping[str, str], project: Project) -> str:
    """Make the command that needs no exports, in the folder of a private database; returns it as it is typed.

    Args:
        var: of the database and the Airflow beside it.
        settings: of the database (CONSISTENCY_...); it must be one without a password.
        project: whose package runs.
    """
    include = project.home / "include"
    lines = [f"export {name}={shlex.quote(settings[name])}" for name in _KEPT if name in settings]
    if include.is_dir():
        lines.append(f"export PYTHONPATH={shlex.quote(str(include))}")
    text = ["#!/bin/sh", "# Made at the start: the command, with the settings of what was started here.", *lines]
    path = var / _NAME
    path.write_text("\n".join([*text, f'exec {shlex.quote(sys.executable)} -m data_consistency "$@"', ""]), "utf-8")
    path.chmod(0o700)
    return shown(path)


def shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    relative = Path(os.path.relpath(path, Path.cwd()))
    return str(path) if relative.parts[:1] == ("..",) else shlex.quote(str(relative))
