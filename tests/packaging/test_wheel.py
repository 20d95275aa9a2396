"""The wheel in an environment of its own, far from the checkout: what operators do first, step by step."""

import json
import os
import re
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
import sqlglot
from packaging.requirements import Requirement
from packaging.version import Version

from data_consistency.extras import MODULES
from data_consistency.project import shipped
from tests.packaging.conftest import ROOT, Installed, canonical

pytestmark = pytest.mark.timeout(600)

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_DAGS = {path.stem for path in (ROOT / "dags").glob("*.py")}
# What of the package needs which extra: a command, or an import.
_COMMANDS = {
    ("report",): "gx",
    ("booking", "serve"): "booking",
    ("airflow", "up"): "airflow",
    ("airflow", "status"): "airflow",
    ("demo", "run"): "sandbox",
    ("calcom", "fake"): "sandbox",
    ("rules", "test"): "sandbox",
}
_IMPORTS = {"airflow.operators": "airflow", "gx.suites": "gx", "web.app": "booking"}


def test_wheel_and_sdist_hold_the_same_package(artefacts: Path) -> None:
    """Who builds from the sdist gets every file of the wheel; tests and workshop stay at home."""
    (wheel,) = artefacts.glob("*.whl")
    (sdist,) = artefacts.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}

    at_home = {
        name.replace("data_consistency/shipped/", "") if "/shipped/" in name else f"include/{name}" for name in inside
    }
    assert at_home <= packed
    assert {"pyproject.toml", "README.md", "plugins/consistency.py"} <= packed
    assert not [name for name in packed if name.startswith(("tests/", "docs/", ".ci/", "var/"))]
    for folder in ("dags", "expectations", "sql"):
        files = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sql"}}
        assert files <= at_home


def test_the_lock_is_within_what_the_wheel_asks_for() -> None:
    """What we run is a case of what we allow."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = {canonical(name): Version(version) for name, version in re.findall(r"^(\S+?)==([^\s;]+)", text, re.M)}
    extras = [line for lines in _PROJECT["optional-dependencies"].values() for line in lines]
    asked = [Requirement(line) for line in [*_PROJECT["dependencies"], *extras]]
    asked = [one for one in asked if canonical(one.name) != _PROJECT["name"]]

    assert [] == [str(one) for one in asked if locked[canonical(one.name)] not in one.specifier]
    assert [] == [str(one) for one in asked if not one.specifier and one.name != "tzdata"]


def test_every_extra_knows_what_it_brings() -> None:
    """The line that names a missing extra comes from the same list as the extra."""
    for extra, modules in MODULES.items():
        brought = {canonical(Requirement(line).name) for line in _PROJECT["optional-dependencies"][extra]}
        modules_of = {"apache-airflow": "airflow", "pyyaml": "yaml"}
        names = {modules_of.get(name, name.replace("-", "_")) for name in brought - {_PROJECT["name"]}}
        assert names <= set(modules), extra
    # Nothing needs `fast`: what is compiled does as what is not.
    assert set(MODULES) | {"all", "fast"} == set(_PROJECT["optional-dependencies"])


def test_what_is_tested_here_parses_with_the_compiled_parser() -> None:
    """As the lock asks for: the uncompiled one takes three times as long, in silence."""
    assert str(sqlglot.parser.__file__).endswith((".so", ".pyd"))


def test_without_extras_the_command_starts_and_says_what_it_is(bare: Installed) -> None:
    """Version, help, rules and places need neither Airflow nor Great Expectations nor a database."""
    version, helped = bare.run("consistency", "--version"), bare.run("consistency", "--help")
    rules, places = bare.run("consistency", "rules", "list"), bare.run("consistency", "where", "--json")

    assert f"consistency {_PROJECT['version']}\n" == version.stdout
    assert "doctor" in helped.stdout
    assert "call_direction_present" in rules.stdout
    found = json.loads(places.stdout)
    assert str(bare.packages / "data_consistency" / "shipped" / "dags") == found["dags"]
    assert found["plugins"] is None
    assert str(bare.home / ".local" / "state" / "data-consistency") == found["var"]


@pytest.mark.parametrize(
    ("command", "extra"), _COMMANDS.items(), ids=lambda value: value if isinstance(value, str) else "-".join(value)
)
def test_a_command_names_the_extra_that_it_lacks(bare: Installed, command: tuple[str, ...], extra: str) -> None:
    """One line with what to install, before anything is begun or started."""
    done = bare.run("consistency", *command, CONSISTENCY_DB_URL="mysql+pymysql://nobody@127.0.0.1:1/nothing")

    assert 64 == done.returncode
    assert "" == done.stdout
    assert re.fullmatch(rf"consistency: .* pip install 'data-consistency\[{extra}\]'\n", done.stderr), done.stderr
    assert not list(bare.home.rglob("mariadb*"))


@pytest.mark.parametrize(("module", "extra"), _IMPORTS.items())
def test_an_import_names_the_extra_that_it_lacks(bare: Installed, module: str, extra: str) -> None:
    """A program that uses a part of the package is told the same, as an import error."""
    code = f"try:\n    import data_consistency.{module}\nexcept ImportError as error:\n    print(error)"

    said = bare.python(code).stdout

    assert said.endswith(f"pip install 'data-consistency[{extra}]'\n")
    assert 1 == said.count("\n")


def test_the_wheel_migrates_checks_and_reports_health(full: Installed, empty_schema: str) -> None:
    """A schema with the source's tables becomes ours, is checked, and the doctor sees it, from the wheel alone."""
    settings = {"CONSISTENCY_DB_URL": empty_schema, "CONSISTENCY_VAR": str(full.home / "var")}
    schema = empty_schema.rpartition("/")[2].partition("?")[0]
    make = (
        "import os; from consistency_sandbox.source_schema import create_source_schema;"
        "from data_consistency import project; from data_consistency.db.engine import make_engine\n"
        "with make_engine(os.environ['CONSISTENCY_DB_URL'], project.find()).connect() as c: create_source_schema(c)"
    )
    assert 0 == full.python(make, **settings).returncode

    early = full.run("consistency", "doctor", **settings)
    migrated = full.run("consistency", "migrate", "--adopt", schema, "--environment", "test", **settings)
    checked = full.run("consistency", "check", "--json", **settings)
    health = full.run("consistency", "doctor", "--json", **settings)

    assert 3 == early.returncode
    assert 1 == early.stderr.count("\n")
    assert 0 == migrated.returncode, migrated.stderr
    assert set(shipped().suites()) == {table["table"] for table in json.loads(checked.stdout)["tables"]}
    signs = {sign["name"]: sign for sign in json.loads(health.stdout)}
    assert signs["schema"]["ok"]
    assert signs["triggers"]["ok"]
    assert signs["heartbeat check"]["ok"]
    assert "expected by" in signs["heartbeat review"]["detail"]


def test_rules_of_one_s_own_stand_beside_ours(full: Installed) -> None:
    """A folder that another package brings is read with the shipped one."""
    own = full.home / "own"
    (own / "expectations").mkdir(parents=True)
    suite = json.loads((ROOT / "expectations" / "customers.json").read_text(encoding="utf-8"))
    rule = suite["expectations"][0]
    rule["meta"] |= {"rule": "customers_of_our_own", "catalogue": "X-01", "mode": "shadow"}
    rule["meta"].pop("correction", None)
    (own / "expectations" / "customers.json").write_text(json.dumps({**suite, "expectations": [rule]}), "utf-8")

    done = full.run("consistency", "rules", "list", "--json", CONSISTENCY_RULES=str(own))
    places = json.loads(full.run("consistency", "where", "--json", CONSISTENCY_RULES=str(own)).stdout)

    assert 0 == done.returncode, done.stderr
    names = [one["id"] for one in json.loads(done.stdout)]
    assert {"customers_of_our_own", "call_direction_present"} <= set(names)
    assert str(own) == places["own-rules"]


def test_airflow_finds_plugin_dags_and_pool_of_the_wheel(full: Installed) -> None:
    """A bundle that points at the shipped DAGs beside one of the operator's; the plugin comes by its entry point."""
    own = full.home / "own-dags"
    own.mkdir()
    (own / "theirs.py").write_text("from airflow.sdk import DAG\nwith DAG('theirs', schedule=None):\n    pass\n")
    shipped_dags = full.run("consistency", "where", "dags").stdout.strip()
    bundle = "airflow.dag_processing.bundles.local.LocalDagBundle"
    bundles = [
        {"name": name, "classpath": bundle, "kwargs": {"path": path}}
        for name, path in (("theirs", str(own)), ("data-consistency", shipped_dags))
    ]
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    one_line = re.findall(r"^from data_consistency\.shipped.*$", page, re.MULTILINE)
    by_import = full.home / "by-import"
    by_import.mkdir()
    (by_import / "one.py").write_text("\n".join(one_line), encoding="utf-8")
    settings = {"AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles), "BY_IMPORT": str(by_import)}
    assert 0 == full.run("airflow", "db", "migrate", **settings).returncode

    parsed = full.run("airflow", "dags", "reserialize", **settings)
    # A component that starts makes the pool; the listener is what the plugin brings.
    seen = full.python(_LOOK, **settings)

    assert 0 == parsed.returncode, parsed.stderr[-2000:]
    assert 0 == seen.returncode, seen.stderr[-2000:]
    facts = json.loads(seen.stdout.strip().splitlines()[-1])
    assert {*_DAGS, "theirs"} == set(facts["dags"])
    assert [] == facts["errors"]
    assert ["consistency_check"] == facts["by_import"]
    assert {"data_consistency": str(full.packages)} == facts["plugins"]
    assert [None, 2, 2] == facts["slots"]


_LOOK = """
import json, os, pathlib
from airflow import plugins_manager
from airflow.dag_processing.dagbag import DagBag
from airflow.jobs.job import Job
from airflow.listeners.listener import get_listener_manager
from airflow.models.dag import DagModel
from airflow.models.errors import ParseImportError
from airflow.models.pool import Pool
from airflow.utils.session import create_session
from sqlalchemy import select
import data_consistency
plugins, plugin_errors = plugins_manager._get_plugins()
slots = []
def look():
    with create_session() as session:
        pool = Pool.get_pool("consistency_mysql", session=session)
        slots.append(pool and pool.slots)
with create_session() as session:
    dags = list(session.scalars(select(DagModel.dag_id)))
    errors = [error.stacktrace for error in session.scalars(select(ParseImportError))]
look()
for _ in range(2):
    Job()
    look()
home = str(pathlib.Path(data_consistency.__file__).parents[1])
ours = {plugin.name: home for plugin in plugins if plugin.name == "data_consistency"}
by_import = list(DagBag(os.environ["BY_IMPORT"]).dags)
errors += plugin_errors.values()
print(json.dumps({"dags": dags, "by_import": by_import, "errors": errors, "plugins": ours, "slots": slots}))
"""


def test_a_checkout_s_plugin_beside_the_installed_one_does_no_harm(full: Installed) -> None:
    """Airflow told of both finds the plugin once and reports no error."""
    look = (
        "import json; from airflow import plugins_manager; found, errors = plugins_manager._get_plugins();"
        "print(json.dumps([[plugin.name for plugin in found if plugin.name == 'data_consistency'], errors]))"
    )

    done = full.python(look, AIRFLOW__CORE__PLUGINS_FOLDER=str(ROOT / "plugins"))

    assert [["data_consistency"], {}] == json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


def test_the_environment_is_complete_and_knows_no_checkout(full: Installed) -> None:
    """What the wheel asks for suffices, and nothing is imported from anywhere else."""
    code = "import sys, data_consistency, consistency_sandbox; print(*sys.path, sep='\\n')"

    paths = full.python(code).stdout.splitlines()

    assert not [path for path in paths if path and Path(path).is_relative_to(ROOT)]
    assert not (full.packages / "pytest").exists()
    assert distribution("pytest") is not None
    assert sys.prefix not in os.pathsep.join(paths)
