"""The directions of imports, and the promises of the tools that people and machines start."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "include" / "data_consistency"
_CORE = (
    *(
        "booking.verdict",
        "breaker.policy",
        "config",
        "correct.caps",
        "correct.plan",
        "documents",
        "errors",
        "identity",
        "project",
    ),
    *("routes", "rules", "rules.outcomes", "sources"),
)
_HEAVY = ("airflow", "great_expectations", "sqlalchemy", "pandas")
_MAKEFILE = (_ROOT / "Makefile").read_text(encoding="utf-8")
_TARGETS = dict(re.findall(r"^([a-z]+):.*## (.+)$", _MAKEFILE, re.MULTILINE))

_BLOCKED_IMPORT = """
import importlib, sys
for name in {blocked!r}:
    sys.modules[name] = None
importlib.import_module({module!r})
"""


def _import_without(module: str, *blocked: str) -> "subprocess.CompletedProcess[str]":
    script = _BLOCKED_IMPORT.format(blocked=blocked, module=module)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", _CORE)
def test_the_core_imports_where_nothing_is_installed(module: str) -> None:
    """Rules, findings and plans work without Airflow, Great Expectations, SQLAlchemy and pandas."""
    done = _import_without(f"data_consistency.{module}", *_HEAVY)

    assert done.returncode == 0, done.stderr


def test_the_calendar_is_asked_without_a_database_or_a_framework() -> None:
    """The booking path and the reconciliation share one light client."""
    done = _import_without("data_consistency.calendar.calcom", *_HEAVY)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", ["runtime", "cli", "db.engine", "booking.opening", "web.app"])
def test_the_way_to_the_database_pays_for_no_framework(module: str) -> None:
    """The five-minute check and the booking path reach the database without Airflow, Great Expectations and pandas."""
    done = _import_without(f"data_consistency.{module}", "airflow", "great_expectations", "pandas")

    assert done.returncode == 0, done.stderr


def test_imports_point_inwards() -> None:
    """The contracts of pyproject.toml hold."""
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint, "--no-cache"], cwd=_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_target_says_what_it_does() -> None:
    """`make` alone explains every target that people call."""
    helped = subprocess.run(["make", "help"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout

    assert {"help", "setup", "demo", "test", "check", "bench", "rehearse", "up", "down", "clean"} == set(_TARGETS)
    assert [] == [target for target, text in _TARGETS.items() if f"{target} " not in helped or text not in helped]


def test_continuous_integration_runs_what_people_run() -> None:
    """Both call `make test` and nothing else builds or tests."""
    script = (_ROOT / ".ci" / "run").read_text(encoding="utf-8")
    commands = re.findall(r"^make .*|^.*(?:pytest|pip|python3?) .*", script, re.MULTILINE)

    assert ["make test </dev/null"] == [command for command in commands if not command.startswith("#")]


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-compose.txt", "requirements-build.txt"]
)
def test_the_lock_pins_every_package_by_hash_and_names_no_place(name: str) -> None:
    """A lock installs the same files from any registry."""
    text = (_ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^([a-z0-9][^\s=<>~!]*)==\S+(?: ;[^\\\n]*)? \\\n    --hash=sha256:", text, re.MULTILINE)
    entries = re.findall(r"^[a-z0-9]\S*", text, re.MULTILINE)

    assert len(pins) == len(entries) > (5 if name == "requirements-build.txt" else 100)
    assert not re.search(r"https?://|file:|--index-url|--find-links|^#.*/(?:home|root|tmp|opt)/", text, re.MULTILINE)
