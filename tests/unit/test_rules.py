"""The loader: what a suite may say, and that nothing in it can vanish."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules import Mode, Severity, load_suites, rule_set_fingerprint, violation
from data_consistency.rules.loading import document

Change = Callable[[dict[str, Any]], object]


def _entry() -> dict[str, Any]:
    return {
        "type": "expect_rows_to_satisfy",
        "severity": "warning",
        "description": "Every call has a direction.",
        "kwargs": {"condition": "direction IS NOT NULL"},
        "meta": {
            "rule": "call_direction_present",
            "catalogue": "K-01",
            "mode": "correct",
            "correction": "set_direction",
        },
    }


def _suite() -> dict[str, Any]:
    return {"name": "calls", "meta": {"entity": "call"}, "expectations": [_entry()]}


def _write(folder: Path, document: object, name: str = "calls.json") -> Project:
    expectations = folder / "expectations"
    expectations.mkdir(exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    (expectations / name).write_text(text, encoding="utf-8")
    return Project((folder,))


def test_a_suite_becomes_rules_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Every field of an entry is read; what is not said has a default."""
    rule = load_suites(_write(tmp_path, _suite()), require_corrections=False)["calls"].rules[0]

    assert ("call_direction_present", Severity.WARNING, Mode.CORRECT) == (rule.id, rule.severity, rule.mode)
    assert ("set_direction", None, None, 5, "") == (
        rule.correction,
        rule.min_age_minutes,
        rule.max_corrections,
        rule.priority,
        rule.review_hint,
    )


def test_null_is_a_violation() -> None:
    """A row satisfies a condition only if it IS TRUE."""
    assert "((a = b) IS NOT TRUE)" == violation("a = b")


def test_a_fingerprint_follows_what_a_rule_finds_and_does(tmp_path: Path) -> None:
    """Another condition is another rule; another wording is not; the order of rules does not matter."""
    rule = load_suites(_write(tmp_path, _suite()), require_corrections=False)["calls"].rules[0]
    worded, changed = _suite(), _suite()
    worded["expectations"][0]["description"] = "Said otherwise."
    changed["expectations"][0]["kwargs"]["condition"] = "TRUE"

    same = load_suites(_write(tmp_path, worded), require_corrections=False)["calls"]
    other = load_suites(_write(tmp_path, changed), require_corrections=False)["calls"].rules[0]

    assert rule.fingerprint == same.rules[0].fingerprint
    assert rule.fingerprint != other.fingerprint
    assert rule_set_fingerprint([rule, other]) == rule_set_fingerprint([other, rule])
    assert same.fingerprint == rule_set_fingerprint([rule])


def _set(*path: str | int, value: object) -> Change:
    def change(suite: dict[str, Any]) -> None:
        place: Any = suite
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("colour", value=1), r"expectations/calls\.json: unknown key 'colour'"),
        (_set("meta", "colour", value=1), "meta: unknown key 'colour'"),
        (_set("meta", "entity", value=""), "'entity' must be a text"),
        (_set("meta", value=[]), "an object is expected, not list"),
        (_set("name", value="kalls"), "name is 'kalls'; it must equal the file's name 'calls'"),
        (_set("expectations", value=[]), "expectations is empty"),
        (_set("expectations", value={}), "expectations is empty"),
        (_set("expectations", 0, value="x"), "an object is expected, not str"),
        (_set("expectations", 0, "typ", value=1), "unknown key 'typ'"),
        (
            _set("expectations", 0, "type", value="expect_magic"),
            "rule 'call_direction_present': unknown type 'expect_magic'",
        ),
        (_set("expectations", 0, "severity", value="bad"), "unknown severity 'bad'; use critical, warning, info"),
        (_set("expectations", 0, "description", value=" "), "'description' must be a text"),
        (_set("expectations", 0, "kwargs", "mostly", value=0.9), "kwargs: unknown key 'mostly'"),
        (_set("expectations", 0, "kwargs", "condition", value=None), "'condition' must be a text"),
        (
            _set("expectations", 0, "meta", "mode", value="fix"),
            "unknown mode 'fix'; use shadow, alert, review, correct",
        ),
        (_set("expectations", 0, "meta", "rule", value="Not-An-Id"), "use 3 to 100 lower-case letters"),
        (_set("expectations", 0, "meta", "catalogue", value="K1"), "catalogue 'K1' is not like K-01"),
        (_set("expectations", 0, "meta", "owner", value="x"), "meta: unknown key 'owner'"),
        (_set("expectations", 0, "meta", "correction", value="../x"), "is not a file name"),
        (_set("expectations", 0, "meta", "min_age_minutes", value=-1), "'min_age_minutes' must be a whole number"),
        (_set("expectations", 0, "meta", "max_corrections", value=True), "'max_corrections' must be a whole number"),
        (_set("expectations", 0, "meta", "priority", value=6), "whole number from 1 to 5"),
        (lambda suite: suite["expectations"][0]["meta"].pop("correction"), "mode correct needs a correction"),
        (lambda suite: suite["expectations"].append(_entry()), "stands there twice"),
        (lambda suite: suite["expectations"].extend(_numbered(63)), "at most 63"),
    ],
)
def test_a_suite_that_is_wrong_is_refused_by_file_and_rule(tmp_path: Path, change: Change, message: str) -> None:
    """One clear line, where Great Expectations would drop the entry and pass."""
    suite = _suite()
    change(suite)

    with pytest.raises(InvalidRule, match=message):
        load_suites(_write(tmp_path, suite), require_corrections=False)


def _numbered(count: int) -> list[dict[str, Any]]:
    entries = [_entry() for _ in range(count)]
    for number, entry in enumerate(entries):
        entry["meta"]["rule"] = f"rule_{number}"
    return entries


@pytest.mark.parametrize("text", ["", "{", '{"name": "calls", "name": "calls"}', "[]"])
def test_a_file_that_is_no_suite_is_refused(tmp_path: Path, text: str) -> None:
    """Broken JSON and repeated keys are errors, not half a suite."""
    with pytest.raises(InvalidRule, match=r"expectations/calls\.json"):
        load_suites(_write(tmp_path, text), require_corrections=False)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """The error names the file."""
    project = _write(tmp_path, _suite())
    (tmp_path / "expectations" / "calls.json").write_bytes(b"\xff\xfe{}")

    with pytest.raises(InvalidRule, match=r"calls\.json: cannot be read"):
        load_suites(project)


def test_a_folder_without_suites_is_refused(tmp_path: Path) -> None:
    """No rule would always pass."""
    empty = tmp_path / "empty"
    empty.mkdir()

    with pytest.raises(InvalidRule, match="no suite found"):
        load_suites(Project((empty,)))


def test_a_stranger_among_the_suites_is_refused(tmp_path: Path) -> None:
    """A misnamed file would be a suite that nobody runs."""
    project = _write(tmp_path, _suite())
    (tmp_path / "expectations" / "appointments.yaml").write_text("", encoding="utf-8")

    with pytest.raises(InvalidRule, match=r"appointments\.yaml: not a suite"):
        load_suites(project)


def test_a_suite_is_named_after_its_table(tmp_path: Path) -> None:
    """The file name is the table."""
    with pytest.raises(InvalidRule, match="table name in lower case"):
        load_suites(_write(tmp_path, _suite(), "Calls.json"), require_corrections=False)


def test_a_rule_stands_in_one_suite_only(tmp_path: Path) -> None:
    """Rule ids are names of findings across tables."""
    project = _write(tmp_path, _suite())
    _write(tmp_path, {**_suite(), "name": "customers"}, "customers.json")

    with pytest.raises(InvalidRule, match=r"customers\.json: rule 'call_direction_present' stands in calls\.json too"):
        load_suites(project, require_corrections=False)


def test_a_named_correction_must_exist(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    project = _write(tmp_path, _suite())
    corrections = tmp_path / "sql" / "corrections"
    corrections.mkdir(parents=True)

    with pytest.raises(InvalidRule, match=r"sql/corrections/set_direction\.sql does not exist"):
        load_suites(project)

    (corrections / "set_direction.sql").write_text("", encoding="utf-8")
    assert load_suites(project)


def test_rules_of_ones_own_stand_beside_ours(tmp_path: Path) -> None:
    """Own rules join the suites, take the place of ours of the same name, and may bring tables of their own."""
    ours, own = tmp_path / "ours", tmp_path / "own"
    ours.mkdir()
    own.mkdir()
    second, changed, other = _entry(), _entry(), _entry()
    second["meta"]["rule"], other["meta"]["rule"] = "second_rule", "other_rule"
    changed["meta"]["mode"] = "shadow"
    _write(ours, {**_suite(), "expectations": [_entry(), second]})
    _write(own, {**_suite(), "expectations": [changed, other]})
    third = _entry()
    third["meta"]["rule"] = "third_rule"
    _write(own, {**_suite(), "name": "visits", "expectations": [third]}, "visits.json")

    suites = load_suites(Project((own, ours)), require_corrections=False)

    assert ["calls", "visits"] == list(suites)
    found = [(rule.id, rule.mode) for rule in suites["calls"].rules]
    assert [("call_direction_present", "shadow"), ("second_rule", "correct"), ("other_rule", "correct")] == found
    assert ["call_direction_present", "second_rule", "other_rule"] == [
        entry["meta"]["rule"] for entry in document(suites["calls"])["expectations"]
    ]


def test_own_rules_speak_of_the_same_entity(tmp_path: Path) -> None:
    """Findings of one table have one noun; the message names both files."""
    ours, own = tmp_path / "ours", tmp_path / "own"
    for folder, noun in ((ours, "call"), (own, "conversation")):
        folder.mkdir()
        _write(folder, {**_suite(), "meta": {"entity": noun}})

    with pytest.raises(InvalidRule, match=r"own/expectations/calls\.json: entity 'conversation', but .*ours/.*'call'"):
        load_suites(Project((own, ours)), require_corrections=False)
