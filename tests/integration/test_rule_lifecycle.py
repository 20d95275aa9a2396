"""The life of a rule: tried on its examples, replayed on history, promoted, seen in the report."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.config import project_root
from data_consistency.db.corrections import Order, apply, preview
from data_consistency.errors import InvalidRule, WrongUse
from data_consistency.local import mariadb, rule_examples, rule_schema
from data_consistency.local.rule_trial import Trial, try_rule
from data_consistency.report.period import day_of
from data_consistency.rules import Suite, load_suites
from data_consistency.runtime import Runtime
from tests import worlds

_SUITES = load_suites(project_root() / "expectations", project_root() / "sql" / "corrections")


@pytest.fixture(scope="module")
def examples_engine(mariadb_server: mariadb.Server) -> Iterator[Engine]:
    """A throw-away schema for examples."""
    with rule_schema.throw_away(mariadb_server) as engine:
        yield engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's examples, to be changed."""
    copy = tmp_path / "examples"
    shutil.copytree(rule_examples.FOLDER, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def _change(folder: Path, table: str, rule: str, **groups: object) -> None:
    path = folder / f"{table}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["rules"][rule] |= groups
    path.write_text(yaml.safe_dump(document), encoding="utf-8")


def _try(engine: Engine, folder: Path, suite: Suite, rule_id: str) -> Trial:
    rule = next(rule for rule in suite.rules if rule.id == rule_id)
    return try_rule(engine, suite, rule, rule_examples.read_all([suite], folder)[rule_id])


def test_the_command_tries_a_rule_in_a_schema_it_throws_away(
    mariadb_server: mariadb.Server, tmp_path: Path, folder: Path
) -> None:
    """A line a rule, status 0; with a wrong example status 1 and the difference; no schema and no server is left."""
    var = tmp_path / "var"

    fine = _type(var, "--table", "customers", "--json")
    _change(folder, "customers", "customer_belongs_to_company", satisfying=[{"company_id": 1}, {"company_id": 2}])
    wrong = _type(var, "--rule", "customer_belongs_to_company", "--examples", str(folder))

    assert 0 == fine.exit_code
    assert {"customer_email_is_not_empty_text", "customer_belongs_to_company"} == {
        trial["rule"] for trial in json.loads(fine.stdout)
    }
    assert 1 == wrong.exit_code
    assert "FAIL customers.customer_belongs_to_company: violating found 2/2, satisfying left alone 1/2" in wrong.stdout
    assert "satisfying row 2 {company_id: 2} is found" in wrong.stdout
    assert mariadb.status(var / "mariadb") is None
    assert not [path for path in (var / "mariadb" / "data").iterdir() if path.name.startswith(rule_schema.PREFIX)]


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
        ({"corrected": []}, "gives 0 corrected rows for 7 violating ones"),
        ({"violated": []}, "unknown key 'violated'"),
    ],
)
def test_incomplete_examples_name_the_rule(folder: Path, groups: dict[str, object], message: str) -> None:
    """A rule that nobody tried is an error, not a pass."""
    _change(folder, "calls", "call_direction_present", **groups)

    with pytest.raises(InvalidRule, match=message):
        rule_examples.read_all([_SUITES["calls"]], folder)


def test_examples_and_rules_name_each_other(folder: Path) -> None:
    """A rule without examples, examples of no rule, and a file that is missing or broken are errors."""
    path = folder / "customers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["rules"]["renamed"] = document["rules"].pop("customer_belongs_to_company")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")

    with pytest.raises(InvalidRule, match="examples of 'renamed', which is no rule"):
        rule_examples.read_all([_SUITES["customers"]], folder)
    document["rules"].pop("renamed")
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(InvalidRule, match="rule 'customer_belongs_to_company' has no examples"):
        rule_examples.read_all([_SUITES["customers"]], folder)
    path.write_text("rules: [", encoding="utf-8")
    with pytest.raises(InvalidRule, match="is not YAML"):
        rule_examples.read_all([_SUITES["customers"]], folder)
    path.unlink()
    with pytest.raises(InvalidRule, match="cannot be read"):
        rule_examples.read_all([_SUITES["customers"]], folder)


def _linked_call_with_appointment(rt: Runtime) -> tuple[int, Order]:
    """A call with a live appointment, and a rule that would unlink it all the same."""
    call = worlds.add_call(rt.engine, appointment_link_status="linked")
    worlds.add_appointment(rt.engine, call_id=call)
    suite = rt.suites()["calls"]
    unlink = next(rule for rule in suite.rules if rule.correction == "unlink_missing_appointment")
    careless = dataclasses.replace(unlink, condition="appointment_link_status <> 'linked'")
    return call, Order(suite=suite, rule=careless, run_id="r", actor="test", now=rt.now())


def test_a_row_on_other_evidence_is_for_a_person(rt: Runtime) -> None:
    """The precondition is judged under the lock, not taken from the rule; approving does not overrule it."""
    call, order = _linked_call_with_appointment(rt)

    with rt.engine.begin() as connection:
        planned = preview(connection, order, [call])
        batch = apply(connection, order, [call], accept_refused=True)

    assert [(call, "precondition", {})] == [(item.entity_id, item.refusal, item.values) for item in planned]
    assert ((), (call,)) == (batch.corrected, batch.refused)
    assert "linked" == worlds.row(rt.engine, "calls", call)["appointment_link_status"]
    ((reason, why, proposal),) = worlds.execute(
        rt.engine, "SELECT reason, JSON_VALUE(context, '$.why'), proposal FROM manual_review_queue"
    )
    assert (order.rule.id, "precondition", None) == (reason, why, proposal)


def test_approving_does_not_overrule_a_precondition(rt: Runtime, tmp_path: Path) -> None:
    """A reviewer is told why nothing was changed; the item stays open."""
    home = _home(tmp_path)
    _change_rule(home, "calls", "linked_call_has_appointment", condition="appointment_link_status <> 'linked'")
    careless = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), HOME=str(home))
    call, _ = _linked_call_with_appointment(rt)
    pipeline.begin(careless, "r1", "check", "test")
    pipeline.check_table(careless, table="calls", run_id="r1")
    pipeline.correct_table(careless, table="calls", run_id="r1", actor="test", rule_id="linked_call_has_appointment")
    ((item,),) = worlds.execute(rt.engine, "SELECT id FROM manual_review_queue")

    with pytest.raises(WrongUse, match="precondition"):
        pipeline.approve_item(careless, item_id=int(str(item)), actor="reviewer")

    assert [("pending",)] == worlds.execute(rt.engine, "SELECT status FROM manual_review_queue")
    assert "linked" == worlds.row(rt.engine, "calls", call)["appointment_link_status"]
    careless.engine.dispose()


def _checked(rt: Runtime, run_id: str) -> None:
    pipeline.begin(rt, run_id, "full", "test")
    for table in rt.suites():
        pipeline.check_table(rt, table=table, run_id=run_id, kind="full")
    pipeline.finish(rt, run_id)


def _report(rt: Runtime) -> dict[str, Any]:
    """The report of today, as machines read it."""
    today = day_of(rt.now(), rt.settings.report_timezone)
    result = pipeline.write_report(rt, run_id="report", day=today)
    document: dict[str, Any] = json.loads((Path(result.path).parent / "report.json").read_text(encoding="utf-8"))
    assert result.figures["rule_changes"] == len(document["rule_changes"])
    assert result.figures["in_shadow"] == len(document["in_shadow"])
    return document


def test_promotion_is_seen_in_the_report(rt: Runtime, tmp_path: Path) -> None:
    """In shadow it waits with what it would do; promoted, it is told from where to where; the first day tells none."""
    home = _home(tmp_path)
    rule = "linked_call_has_appointment"
    _change_rule(home, "calls", rule, mode="shadow")
    changing = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), HOME=str(home))
    worlds.add_call(rt.engine, appointment_link_status="linked")
    worlds.add_call(rt.engine, appointment_link_status="linked", appointment_id=999_998)
    _checked(changing, "r1")

    first = _report(changing)
    worlds.execute(rt.engine, "UPDATE consistency_rule_results SET evaluated_at = evaluated_at - INTERVAL 3 DAY")
    waiting = _report(changing)
    _change_rule(home, "calls", rule, mode="alert")
    _checked(changing, "r2")
    promoted = _report(changing)

    assert [] == first["rule_changes"]
    assert [] == waiting["rule_changes"]
    shadow = {"rule": rule, "table": "calls", "days": 3, "found": 2, "would_correct": 1, "would_refuse": 1}
    assert [shadow] == [{key: entry[key] for key in shadow} for entry in waiting["in_shadow"]]
    assert [] == promoted["in_shadow"]
    assert [(rule, "shadow", "alert")] == [
        (change["rule"], change["mode_before"], change["mode"]) for change in promoted["rule_changes"]
    ]
    assert promoted["rule_set"] != waiting["rule_set"]
    changing.engine.dispose()


def test_a_new_rule_and_a_changed_condition_are_told(rt: Runtime, tmp_path: Path) -> None:
    """The same mode with another fingerprint is a change; a rule that was never judged is new."""
    home = _home(tmp_path)
    changing = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), HOME=str(home))
    _checked(changing, "r1")
    worlds.execute(rt.engine, "UPDATE consistency_rule_results SET evaluated_at = evaluated_at - INTERVAL 3 DAY")
    worlds.execute(rt.engine, "DELETE FROM consistency_rule_results WHERE rule = 'customer_belongs_to_company'")
    _change_rule(home, "calls", "call_direction_present", condition="direction = 'inbound'")
    _checked(changing, "r2")

    changes = {change["rule"]: change for change in _report(changing)["rule_changes"]}

    assert {"customer_belongs_to_company", "call_direction_present"} == set(changes)
    assert changes["customer_belongs_to_company"]["mode_before"] is None
    changed = changes["call_direction_present"]
    assert changed["mode_before"] == changed["mode"]
    assert changed["fingerprint_before"] != changed["fingerprint"]
    changing.engine.dispose()


def test_everything_stored_says_by_which_rules(rt: Runtime) -> None:
    """Findings, audit and verdicts carry the rule's fingerprint; runs, also of people, that of all rules."""
    call = worlds.add_call(rt.engine, direction=None)
    waiting = worlds.add_call(rt.engine, appointment_link_status="linked", appointment_id=999_998)
    _checked(rt, "r1")
    pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")
    ((item,),) = worlds.execute(
        rt.engine,
        "SELECT MIN(id) FROM manual_review_queue WHERE entity_id = :id AND reason = 'linked_call_has_appointment'",
        id=waiting,
    )
    pipeline.approve_item(rt, item_id=int(str(item)), actor="reviewer")
    pipeline.undo(rt, actor="test", table="calls", entity_id=call)

    for table in ("data_consistency_alerts", "consistency_corrections", "consistency_rule_results"):
        assert [(0,)] == worlds.execute(rt.engine, f"SELECT SUM(rule_fingerprint IS NULL) FROM {table}")
    runs = worlds.execute(rt.engine, "SELECT kind, rule_set FROM consistency_runs")
    assert {"full", "review", "undo"} == {kind for kind, _ in runs}
    assert 1 == len({rule_set for _, rule_set in runs})
    assert None not in {rule_set for _, rule_set in runs}


def _home(tmp_path: Path) -> Path:
    """A copy of the project's rules and SQL, to be changed."""
    home = tmp_path / "home"
    for name in ("expectations", "sql"):
        shutil.copytree(project_root() / name, home / name)
    return home


def _change_rule(home: Path, table: str, rule: str, *, condition: str | None = None, **meta: object) -> None:
    path = home / "expectations" / f"{table}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    entry = next(entry for entry in document["expectations"] if entry["meta"]["rule"] == rule)
    entry["meta"] |= meta
    entry["kwargs"]["condition"] = condition or entry["kwargs"]["condition"]
    path.write_text(json.dumps(document), encoding="utf-8")
