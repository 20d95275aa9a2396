"""The life of a rule: held to its evidence, promoted, seen in the report and in all that is stored."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from data_consistency import pipeline
from data_consistency.correct.applying import Order, apply, preview
from data_consistency.errors import WrongUse
from data_consistency.project import shipped
from data_consistency.report.period import day_of
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.people import ADMIN


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
        batch = apply(connection, order, [call])

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
        people.approve(careless, int(str(item)))

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


def test_a_fact_and_a_correction_belong_to_their_rules_version(rt: Runtime, tmp_path: Path) -> None:
    """SQL behind a rule changes its fingerprint, and no other rule's."""
    home = _home(tmp_path)
    before = {rule.id: rule.fingerprint for suite in rt.suites().values() for rule in suite.rules}
    for path, old, new in (
        ("sql/facts/calls.sql", "COALESCE(c.booking_failed, 0) = 1 AS", "COALESCE(c.booking_failed, 0) > 0 AS"),
        ("sql/corrections/spell_no_show.sql", "SELECT", "-- changed\nSELECT"),
    ):
        text = (home / path).read_text(encoding="utf-8")
        assert old in text
        (home / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    changing = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), HOME=str(home))
    after = {rule.id: rule.fingerprint for suite in changing.suites().values() for rule in suite.rules}

    changed = {rule for rule, fingerprint in after.items() if fingerprint != before[rule]}
    assert "failed_booking_has_reason" in changed
    assert "call_direction_present" not in changed
    spelled = (rule for rule in changing.suites()["appointments"].rules if rule.correction == "spell_no_show")
    assert {rule.id for rule in spelled} <= changed
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
    people.approve(rt, int(str(item)))
    decisions.undo(rt, ADMIN, table="calls", entity_id=call)

    for table in ("data_consistency_alerts", "consistency_corrections", "consistency_rule_results"):
        assert [(0,)] == worlds.execute(rt.engine, f"SELECT SUM(rule_fingerprint IS NULL) FROM {table}")
    runs = worlds.execute(rt.engine, "SELECT kind, rule_set FROM consistency_runs")
    assert {"full", "decision", "undo"} == {kind for kind, _ in runs}
    assert 1 == len({rule_set for _, rule_set in runs})
    assert None not in {rule_set for _, rule_set in runs}


def _home(tmp_path: Path) -> Path:
    """A copy of the project's rules and SQL, to be changed."""
    home = tmp_path / "home"
    for name in ("expectations", "sql"):
        shutil.copytree(shipped().home / name, home / name)
    return home


def _change_rule(home: Path, table: str, rule: str, *, condition: str | None = None, **meta: object) -> None:
    path = home / "expectations" / f"{table}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    entry = next(entry for entry in document["expectations"] if entry["meta"]["rule"] == rule)
    entry["meta"] |= meta
    entry["kwargs"]["condition"] = condition or entry["kwargs"]["condition"]
    path.write_text(json.dumps(document), encoding="utf-8")
