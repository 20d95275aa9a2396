"""Rules are tried on their examples by command: what differs is said in words, what is missing is an error."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from consistency_sandbox.servers import private
from consistency_sandbox.trial import examples, schema
from consistency_sandbox.trial.trial import Trial, try_rule
from data_consistency.cli import build_app
from data_consistency.errors import InvalidRule
from data_consistency.project import shipped
from data_consistency.rules import Suite, load_suites

_SUITES = load_suites(shipped())


@pytest.fixture(scope="module")
def examples_engine(database_server: private.Server) -> Iterator[Engine]:
    """A throw-away schema for examples."""
    with schema.throw_away(database_server, shipped()) as engine:
        yield engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's examples, to be changed."""
    copy = tmp_path / "examples"
    shutil.copytree(shipped().example_folders()[0], copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def _change(folder: Path, table: str, rule: str, **groups: object) -> None:
    path = folder / f"{table}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["rules"][rule] |= groups
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def _try(engine: Engine, folder: Path, suite: Suite, rule_id: str) -> Trial:
    rule = next(rule for rule in suite.rules if rule.id == rule_id)
    return try_rule(engine, suite, rule, examples.read_all([suite], [folder])[rule_id])


def test_the_command_tries_a_rule_in_a_schema_it_throws_away(
    database_server: private.Server, tmp_path: Path, folder: Path
) -> None:
    """A line a rule, status 0; with a wrong example status 1 and the difference; no schema and no server is left."""
    var = tmp_path / "var"

    fine = _type(var, "--table", "customers", "--json")
    _change(folder, "customers", "customer_belongs_to_company", satisfying=[{"company_id": 1}, {"company_id": 2}])
    wrong = _type(var, "--rule", "customer_belongs_to_company", "--examples", str(folder))

    assert 0 == fine.exit_code
    assert {rule.id for rule in _SUITES["customers"].rules} == {trial["rule"] for trial in json.loads(fine.stdout)}
    assert 1 == wrong.exit_code
    assert "FAIL customers.customer_belongs_to_company: violating found 2/2, satisfying left alone 1/2" in wrong.stdout
    assert "satisfying row 2 {company_id: 2} is found" in wrong.stdout
    assert private.status(var / "mariadb") is None
    assert not [path for path in (var / "mariadb" / "data").iterdir() if path.name.startswith(schema.PREFIX)]


def _type(var: Path, *words: str) -> Result:
    environment = {"CONSISTENCY_VAR": str(var)}
    return CliRunner(env=environment).invoke(build_app(), ["rules", "test", *words], catch_exceptions=False)


@pytest.mark.parametrize(
    ("groups", "difference"),
    [
        ({"violating": [{"direction": "inbound"}], "corrected": [{}]}, "row 1 {direction: 'inbound'} is not found"),
        ({"violating": [{"direction": None}], "corrected": [{"direction": "outbound"}]}, "gets direction = 'inbound'"),
        ({"violating": [{"direction": None}], "corrected": ["no_proof"]}, "is corrected, not refused with no_proof"),
        ({"violating": [{"direction": None, "bearing": 1}], "corrected": [{}]}, "Unknown column 'bearing'"),
    ],
)
def test_the_first_difference_is_said_in_words(
    examples_engine: Engine, folder: Path, groups: dict[str, object], difference: str
) -> None:
    """What is not found, what becomes of a row, what is not refused."""
    _change(folder, "calls", "call_direction_present", **groups)

    trial = _try(examples_engine, folder, _SUITES["calls"], "call_direction_present")

    assert difference in str(trial.difference)
    assert not trial.passed


def test_a_refusal_that_is_not_expected_is_a_difference(examples_engine: Engine, folder: Path) -> None:
    """A row for a person is no corrected row."""
    _change(
        folder,
        "calls",
        "linked_call_has_appointment",
        violating=[{"appointment_link_status": "linked", "appointment_id": 999998}],
        corrected=[{"appointment_link_status": "unlinked"}],
    )

    trial = _try(examples_engine, folder, _SUITES["calls"], "linked_call_has_appointment")

    assert "is refused with names_missing_appointment, not corrected" in str(trial.difference)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"violating": []}, "rule 'call_direction_present' has no violating row"),
        ({"satisfying": []}, "rule 'call_direction_present' has no satisfying row"),
        ({"corrected": []}, "gives 0 corrected rows for 8 violating ones"),
        ({"violated": []}, "unknown key 'violated'"),
    ],
)
def test_incomplete_examples_name_the_rule(folder: Path, groups: dict[str, object], message: str) -> None:
    """A rule that nobody tried is an error, not a pass."""
    _change(folder, "calls", "call_direction_present", **groups)

    with pytest.raises(InvalidRule, match=message):
        examples.read_all([_SUITES["calls"]], [folder])


def test_examples_and_rules_name_each_other(folder: Path) -> None:
    """A rule without examples, examples of no rule, and a file that is missing or broken are errors."""
    path = folder / "customers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["rules"]["renamed"] = document["rules"].pop("customer_belongs_to_company")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")

    with pytest.raises(InvalidRule, match="examples of 'renamed', which is no rule"):
        examples.read_all([_SUITES["customers"]], [folder])
    document["rules"].pop("renamed")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(InvalidRule, match="rule 'customer_belongs_to_company' has no examples"):
        examples.read_all([_SUITES["customers"]], [folder])
    path.write_text("rules: [", encoding="utf-8")
    with pytest.raises(InvalidRule, match="is not YAML"):
        examples.read_all([_SUITES["customers"]], [folder])
    path.unlink()
    with pytest.raises(InvalidRule, match="cannot be read"):
        examples.read_all([_SUITES["customers"]], [folder])
