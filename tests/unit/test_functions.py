"""Shared SQL expressions are put in the place of their calls, and wrong calls are refused."""

import re
from pathlib import Path

import pytest

from data_consistency.errors import InvalidRule
from data_consistency.project import Project, shipped
from data_consistency.rules.functions import expand, load_functions

KNOWN = load_functions(shipped())


def test_every_file_is_a_function() -> None:
    """Each file of the folder bears the name of what it holds."""
    assert {name.upper() for name in shipped().names("functions")} == set(KNOWN)


def test_a_call_becomes_the_expression() -> None:
    """Columns stay plain; what is more than a column is put in brackets."""
    plain = expand(shipped(), "SELECT IS_VOID(a.status)", "x")
    computed = expand(shipped(), "SELECT IS_VOID(TRIM(a.status))", "x")

    assert "SELECT (a.status = 'cancelled' OR (a.status IN ('rejected', 'failed')))" == plain
    assert "(TRIM(a.status)) = " in computed


def test_expressions_use_expressions() -> None:
    """A call within an expression is replaced too, and brackets within quotes do not count."""
    text = expand(shipped(), "SELECT NAME_IS_DOUBTFUL(CONCAT(')', c.name))", "x")

    assert "NAME_IS" not in text
    assert text.count("(CONCAT(')', c.name))") == 2


def test_comments_and_other_parameters_stay() -> None:
    """A comment may name a function; a time is handed in by whoever runs the statement."""
    assert expand(shipped(), "-- E164(number) is used\nSELECT :now", "x") == "-- E164(number) is used\nSELECT :now"


@pytest.mark.parametrize("call", ["IS_VOID()", "IS_VOID(a, b)", "IS_VOID(a.status", "EVIDENCE_RANK(a.status)"])
def test_a_wrong_call_is_refused(call: str) -> None:
    """The message names the file and the function."""
    with pytest.raises(InvalidRule, match=r"facts/x\.sql: (IS_VOID|EVIDENCE_RANK)"):
        expand(shipped(), f"SELECT {call}", "facts/x.sql")


@pytest.mark.parametrize("text", ["SELECT 1", "-- OTHER(a): x\nSELECT 1", "-- HALF(a): x\nTRUE"])
def test_a_file_that_is_no_function_is_refused(tmp_path: Path, text: str) -> None:
    """Header, name and SELECT are required."""
    folder = tmp_path / "sql" / "functions"
    folder.mkdir(parents=True)
    (folder / "half.sql").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidRule, match=r"half\.sql"):
        load_functions(Project((tmp_path,)))


def test_outcomes_are_spelled_in_one_place() -> None:
    """Which words mean the same is said by the functions; elsewhere a word may be written, never a set of them."""
    root = shipped().home
    words = set(re.findall(r"'([a-z_]+)'", expand(shipped(), "IS_KNOWN_OUTCOME(o)", "x")))
    pair = re.compile(rf"(['\"])({'|'.join(words)})\1\s*,\s*(['\"])({'|'.join(words)})\3")
    places = [*root.glob("sql/*/*.sql"), *root.glob("expectations/*.json"), *root.glob("include/**/*.py")]
    elsewhere = [path for path in places if path.parent.name not in {"functions", "demo"}]

    found = [path.name for path in elsewhere if pair.search(path.read_text(encoding="utf-8"))]

    assert 16 == len(words)
    assert [] == found
    assert "appointment_scheduled" not in "".join(path.read_text(encoding="utf-8") for path in elsewhere)
