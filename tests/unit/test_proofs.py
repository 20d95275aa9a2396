"""What was proved once is taken over by the next process, and only for the very same texts."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data_consistency.errors import InvalidRule
from data_consistency.project import Project, shipped
from data_consistency.rules import rule_set_fingerprint
from data_consistency.rules.checked import checked_suites

_FILE = "proved-rules.json"
_WITHOUT_PARSER = """
import sys
from pathlib import Path
import sqlglot
from data_consistency.project import shipped
from data_consistency.rules import rule_set_fingerprint
from data_consistency.rules.checked import checked_suites
from data_consistency.rules.facts import load_facts
from data_consistency.rules.following import following

def refuse(*_args, **_options):
    raise AssertionError("parsed")

sqlglot.parse = refuse
suites = checked_suites(shipped(), Path(sys.argv[1]))
for table in suites:
    following(shipped(), load_facts(shipped(), table))
sys.stdout.write(rule_set_fingerprint(rule for suite in suites.values() for rule in suite.rules))
"""


def _fingerprint(project: Project, folder: Path | None) -> str:
    return rule_set_fingerprint(rule for suite in checked_suites(project, folder).values() for rule in suite.rules)


def _copy(tmp_path: Path) -> Project:
    home = tmp_path / "home"
    for part in ("expectations", "sql"):
        shutil.copytree(shipped().home / part, home / part)
    return Project((home,))


def test_the_next_process_parses_nothing(tmp_path: Path) -> None:
    """Rules, their columns and what a check follows come from the file, with the same fingerprint."""
    proved = _fingerprint(shipped(), tmp_path)

    ran = subprocess.run(  # our own text
        [sys.executable, "-c", _WITHOUT_PARSER, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (0, proved) == (ran.returncode, ran.stdout), ran.stderr


def test_a_text_that_changed_is_proved_anew(tmp_path: Path) -> None:
    """What the file says of other texts lets no condition through."""
    project = _copy(tmp_path)
    checked_suites(project, tmp_path)
    suite = project.home / "expectations" / "customers.json"
    suite.write_text(suite.read_text("utf-8").replace('"condition": "', '"condition": "COUNT(*) > 0 OR ', 1), "utf-8")

    with pytest.raises(InvalidRule, match="function COUNT is not allowed"):
        checked_suites(project, tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": 1}', "\x00", '{"key": "KEY", "tables": {"calls": {}}}'])
def test_a_file_that_cannot_be_used_is_made_again(tmp_path: Path, text: str) -> None:
    """A half-written, foreign or outdated one costs time and changes nothing."""
    expected = _fingerprint(shipped(), tmp_path)
    path = tmp_path / _FILE
    key = json.loads(path.read_text(encoding="utf-8"))["key"]
    path.write_text(text.replace("KEY", key), encoding="utf-8")

    assert expected == _fingerprint(shipped(), tmp_path)
    assert key == json.loads(path.read_text(encoding="utf-8"))["key"]


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """The rules are proved each time then."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert _fingerprint(shipped(), None) == _fingerprint(shipped(), tmp_path / "file" / "folder")
