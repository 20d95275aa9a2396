"""Problem sentences: every rule of ours says what is wrong, in two languages, and never reads as good news."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data_consistency.alerts.troubles import OF_THE_GUARD
from data_consistency.booking import records
from data_consistency.errors import InvalidRule
from data_consistency.project import Project, shipped
from data_consistency.rules import Problem, Rule, load_suites

_RULES = [rule for suite in load_suites(shipped()).values() for rule in suite.rules]
_LONGEST = 100  # a line of a subject or a phone


@pytest.mark.parametrize("rule", _RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_is_wrong(rule: Rule) -> None:
    """In English and in German, short, as words that follow a count: no sentence that ends, none that wishes."""
    assert rule.problem is not None
    for words in (rule.problem.en, rule.problem.de):
        assert words == words.strip()
        assert 10 <= len(words) <= _LONGEST
        assert words[-1] not in ".!?:"
        assert words.casefold() not in rule.description.casefold()
    assert rule.problem.en[0].islower()
    assert rule.problem.de[0].isupper()


def test_no_two_rules_are_told_in_the_same_words() -> None:
    """Who reads a mail knows which rule it is."""
    problems = [rule.problem for rule in _RULES if rule.problem is not None]

    assert len(_RULES) == len({one.en for one in problems}) == len({one.de for one in problems})


def test_what_the_guard_finds_is_told_in_words_of_its_own() -> None:
    """Its findings stand in no suite; their descriptions, read as what is not so, would say the opposite."""
    assert set(records.TOLD) == set(OF_THE_GUARD)
    assert not {rule.id for rule in _RULES} & set(OF_THE_GUARD)


def test_words_decide_nothing() -> None:
    """A better sentence is not another rule."""
    for rule in _RULES:
        assert rule.fingerprint == replace(rule, problem=None).fingerprint
        assert rule.fingerprint == replace(rule, problem=Problem(en="x", de="y")).fingerprint


def _project(folder: Path, **meta: object) -> Project:
    entry: dict[str, Any] = {
        "type": "expect_rows_to_satisfy",
        "severity": "warning",
        "description": "Every call has a direction.",
        "kwargs": {"condition": "direction IS NOT NULL"},
        "meta": {"rule": "call_has_direction", "catalogue": "K-01", "mode": "alert", **meta},
    }
    (folder / "expectations").mkdir()
    document = {"name": "calls", "meta": {"entity": "call"}, "expectations": [entry]}
    (folder / "expectations" / "calls.json").write_text(json.dumps(document), encoding="utf-8")
    return Project((folder,))


def test_a_rule_of_ones_own_needs_no_sentence(tmp_path: Path) -> None:
    """What is not said is told by the description."""
    assert load_suites(_project(tmp_path))["calls"].rules[0].problem is None


@pytest.mark.parametrize(
    ("problem", "hint"),
    [
        ({"en": "x"}, "'de' must be a text"),
        ({"en": "x", "de": " "}, "'de' must be a text"),
        ({"en": "x", "de": "y", "fr": "z"}, "unknown key 'fr'"),
        ("x", "an object is expected"),
    ],
)
def test_a_sentence_is_given_in_both_languages_or_not_at_all(tmp_path: Path, problem: object, hint: str) -> None:
    """Half a translation is refused, by file and rule."""
    with pytest.raises(InvalidRule, match=f"call_has_direction.*{hint}"):
        load_suites(_project(tmp_path, problem=problem))
