"""Broken states of files, folders and settings."""

import json
import shutil

from data_consistency.health import machine
from data_consistency.project import shipped
from tests.broken.world import State, World


def _own_rules(world: World, text: str) -> None:
    folder = world.tmp_path / "rules" / "expectations"
    folder.mkdir(parents=True)
    (folder / "calls.json").write_text(text, encoding="utf-8")
    world.env["CONSISTENCY_RULES"] = str(folder.parent)


def _no_correction(world: World) -> None:
    suite = json.loads((shipped().home / "expectations" / "calls.json").read_text(encoding="utf-8"))
    suite["expectations"] = [one for one in suite["expectations"] if one["meta"].get("correction")][:1]
    suite["expectations"][0]["meta"]["correction"] = "no_such_correction"
    _own_rules(world, json.dumps(suite))


def _broken_dag(world: World) -> None:
    home = world.tmp_path / "home"
    for part in ("expectations", "sql", "dags"):
        shutil.copytree(shipped().home / part, home / part)
    (home / "dags" / "consistency_check.py").write_text("with DAG(:\n", encoding="utf-8")
    world.env["CONSISTENCY_HOME"] = str(home)


def _unwritable(world: World) -> None:
    (world.tmp_path / "file").write_text("", encoding="utf-8")
    world.env["CONSISTENCY_VAR"] = str(world.tmp_path / "file" / "var")


def _full_disk(world: World) -> None:
    usage = shutil._ntuple_diskusage(10**12, 10**12 - 10**6, 10**6)  # type: ignore[attr-defined]
    world.monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: usage)


STATES = {
    "a suite is no JSON": State(
        sign="suites", said="calls.json", remedy="mend the file", make=lambda world: _own_rules(world, "{")
    ),
    "a correction does not exist": State(
        sign="suites", said="no_such_correction", remedy="mend the file", make=_no_correction
    ),
    "a DAG file cannot be parsed": State(
        sign="dags",
        said="consistency_check.py: SyntaxError in line 1",
        remedy="airflow dags list-import-errors",
        make=_broken_dag,
    ),
    "the folder cannot be written": State(
        sign="files", said="cannot be written", remedy="CONSISTENCY_VAR", make=_unwritable
    ),
    "the disk is full": State(sign="disk", said="0 MiB of 953674 free", remedy="delete", make=_full_disk),
    "a variable is misspelt": State(
        sign="variables",
        said="CONSISTENCY_DRYRUN is read by nobody, perhaps CONSISTENCY_DRY_RUN is meant",
        remedy="docs/operations.md",
        env={"CONSISTENCY_DRYRUN": "false"},
    ),
    "a cap lets nothing pass": State(
        sign="caps of the settings",
        said="CONSISTENCY_MAX_CORRECTIONS=0",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTIONS": "0"},
    ),
    "a share lets nothing pass": State(
        sign="caps of the settings",
        said="CONSISTENCY_MAX_CORRECTION_RATIO=0",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTION_RATIO": "0"},
    ),
    "caps contradict each other": State(
        sign="caps of the settings",
        said="a day allows 5 rows of a rule, a single run 25",
        remedy="correct the setting",
        env={"CONSISTENCY_MAX_CORRECTIONS_PER_DAY": "5"},
    ),
    "rows rest for ever": State(
        sign="caps of the settings",
        said="rows rest 90000 minutes",
        remedy="correct the setting",
        env={"CONSISTENCY_MIN_AGE_MINUTES": "90000"},
    ),
    "links lead nowhere": State(
        sign="addresses of pages",
        said="'airflow.example.org' is no address",
        remedy="CONSISTENCY_BASE_URL",
        env={"CONSISTENCY_BASE_URL": "airflow.example.org"},
    ),
    "a company that opted out does not exist": State(
        sign="companies that opted out",
        said="not there: 99",
        remedy="CONSISTENCY_OPTED_OUT_COMPANIES",
        env={"CONSISTENCY_OPTED_OUT_COMPANIES": "1,99"},
    ),
}
