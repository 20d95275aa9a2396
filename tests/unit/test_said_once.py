"""What several files need stands in one of them; nobody repeats it in words of their own."""

import re
from pathlib import Path

from data_consistency.booking import verdict
from data_consistency.detect import evidence
from data_consistency.project import shipped
from data_consistency.rules import CALCOM
from data_consistency.rules.functions import load_functions

_SQL = shipped().home / "sql"
_PACKAGE = Path(verdict.__file__).parents[1]
# A migration is of its version: it stays as it was.
_FILES = [path for path in sorted(_SQL.rglob("*.sql")) if not {"migrations", "source"} & set(path.parts)]


def _code(path: Path) -> str:
    """A file of SQL without its comments."""
    return re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))


def _words(name: str) -> set[str]:
    return set(re.findall(r"'(\w+)'", load_functions(shipped())[name].expression))


def test_how_long_a_report_of_the_calendar_is_fresh_is_said_once() -> None:
    """Statements are handed the moment; none reckons it from the time now."""
    texts = {path.name: _code(path) for path in _FILES}
    reckoned = re.compile(r"seen_at\b[^;]{0,60}INTERVAL")

    assert [] == [name for name, text in texts.items() if reckoned.search(text)]
    assert ":calendar_since" in texts["retract_booking_claim.sql"]
    written = [path.name for path in _PACKAGE.rglob("*.py") if "FRESH_FOR: Mapping" in path.read_text(encoding="utf-8")]
    assert ["evidence.py"] == written
    assert CALCOM in evidence.FRESH_FOR


def test_statuses_that_never_were_a_booking_are_listed_once() -> None:
    """In one shared expression; the vocabulary of the source has every word, and the guard the same ones."""
    lists = re.compile(r"'rejected'\s*,\s*'failed'|'failed'\s*,\s*'rejected'")
    # Also in the list of all words, where they stand among the others.
    allowed = {"was_never_booked.sql", "is_known_appointment_status.sql"}

    found = {path.name for path in _FILES if lists.search(_code(path))}

    assert allowed == found
    assert verdict.NEVER_BOOKED == _words("WAS_NEVER_BOOKED")
    assert _words("WAS_NEVER_BOOKED") <= _words("IS_KNOWN_APPOINTMENT_STATUS")


def test_what_a_binary_log_asks_for_is_said_once() -> None:
    """The setting that lets triggers be made is named in one place of the code."""
    named = [path.name for path in _PACKAGE.rglob("*.py") if "log_bin_trust" in path.read_text(encoding="utf-8")]

    assert ["server_errors.py"] == named
