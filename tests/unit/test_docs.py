"""What the documents promise: commands, targets and files exist; generated pages are current."""

import re
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from data_consistency.cli import build_app
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from data_consistency.rules.page import page

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = [_ROOT / "README.md", _ROOT / "CONTRIBUTING.md", _ROOT / "CHANGELOG.md", *sorted(_ROOT.glob("docs/**/*.md"))]
_MAKEFILE = (_ROOT / "Makefile").read_text(encoding="utf-8")
_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


def _commands(group: click.Group, path: str = "consistency") -> list[str]:
    names = []
    for name, command in group.commands.items():
        nested = getattr(command, "commands", None)
        names += _commands(command, f"{path} {name}") if nested else [f"{path} {name}"]  # type: ignore[arg-type]
    return names


def test_every_command_is_documented() -> None:
    """docs/commands.md names what can be typed, and nothing else."""
    text = (_ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(consistency [a-z -]+?)` \|", text, re.MULTILINE))

    group = typer.main.get_group(build_app())

    assert set(_commands(group)) == documented  # type: ignore[arg-type]


def test_the_readme_names_the_two_commands_and_every_target() -> None:
    """`make demo` and `make test` stand alone in a block; continuous integration runs the second."""
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)

    assert ["make demo\n", "make test\n"] == blocks
    assert "\nmake test </dev/null\n" in (_ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z]+):.*## ", _MAKEFILE, re.MULTILINE):
        assert f"`{target}`" in readme or f"make {target}" in readme, target


@pytest.mark.parametrize("document", _PAGES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """No page names a file that does not exist."""
    for target in _LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_decisions_are_short() -> None:
    """An ADR is read when it matters: at most 40 lines."""
    for decision in (_ROOT / "docs" / "adr").glob("*.md"):
        assert len(decision.read_text(encoding="utf-8").splitlines()) <= 40, decision.name


def test_the_page_of_rules_is_current() -> None:
    """docs/rules.md is what `consistency rules doc` prints."""
    assert page(load_suites(shipped()), shipped()) == (_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """docs/operations.md has a line for each variable that the settings read."""
    package = _ROOT / "include" / "data_consistency"
    source = "".join(
        (package / f"{name}.py").read_text(encoding="utf-8") for name in ("config", "project", "routes", "sources")
    )
    text = (_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    for name in sorted(set(re.findall(r'"(CONSISTENCY_[A-Z_]+)"', source))):
        assert f"| `{name}` |" in text, name


def test_the_page_of_rules_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A rule that is wrong leaves the page that was there."""
    page_file, wrong = tmp_path / "rules.md", tmp_path / "own" / "expectations"
    wrong.mkdir(parents=True)
    typed = ["rules", "doc", "--output", str(page_file)]
    done = CliRunner(env={"CONSISTENCY_RULES": ""}).invoke(build_app(), typed)
    written = page_file.read_text(encoding="utf-8")
    (wrong / "calls.json").write_text("{", encoding="utf-8")

    failed = CliRunner(env={"CONSISTENCY_RULES": str(wrong.parent)}).invoke(build_app(), typed)

    assert (0, True) == (done.exit_code, failed.exit_code != 0)
    assert written == page_file.read_text(encoding="utf-8") == (_ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [page_file] == list(tmp_path.glob("rules.md*"))
