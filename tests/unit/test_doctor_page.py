"""docs/doctor.md names every sign, and what a sign tells people to type exists."""

import re
from pathlib import Path

import typer
from typer.testing import CliRunner

from data_consistency.cli import build_app
from data_consistency.health.examination import listed
from data_consistency.health.page import page
from data_consistency.health.settled import VARIABLES

_ROOT = Path(__file__).resolve().parents[2]
_HEALTH = _ROOT / "include" / "data_consistency" / "health"
# Put together by a name that follows, or the beginning of a name.
_PARTS = {"CONSISTENCY_", "CONSISTENCY_CALCOM_"}


def test_the_page_is_what_the_command_prints() -> None:
    """Nobody writes it by hand."""
    said = CliRunner().invoke(build_app(), ["doctor", "--list"])

    assert page() == said.stdout == (_ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_every_sign_says_when_it_is_bad_and_what_to_do() -> None:
    """In a sentence each; the names are all different from each other's beginnings."""
    signs = listed()

    assert len(signs) >= 36
    for kind in signs:
        assert kind.when.endswith("."), kind.name
        assert kind.remedy, kind.name


def test_what_people_are_told_to_type_exists() -> None:
    """A remedy that names a command names one that there is."""
    group = typer.main.get_group(build_app())
    text = "".join(path.read_text(encoding="utf-8") for path in _HEALTH.glob("*.py"))
    typed = re.findall(r"`consistency ([a-z -]+?)(?= [A-Z{-]|`)", text)

    assert len(typed) > 15
    for words in typed:
        found = group
        for word in words.split():
            if not hasattr(found, "commands"):
                break  # an argument
            assert word in found.commands, words
            found = found.commands[word]


def test_every_variable_that_is_read_is_known() -> None:
    """A setting of ours is never called misspelt, and none is known that nobody reads."""
    places = [*(_ROOT / "include").rglob("*.py"), _ROOT / "docker-compose.yaml", _ROOT / "Dockerfile"]
    text = "".join(path.read_text(encoding="utf-8") for path in places if path.parent != _HEALTH)
    read = set(re.findall(r"(?<![A-Z_])CONSISTENCY_[A-Z_]*", text)) - _PARTS

    assert read == VARIABLES
