"""`consistency rules`: the rules as the suites say them, and tried on history."""

from pathlib import Path
from typing import Annotated

import typer

from data_consistency import project
from data_consistency.cli import _rule_replay
from data_consistency.cli._input import require_file
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.rules.checked import checked_suites
from data_consistency.rules.page import page
from data_consistency.storage import replace_file, storing


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What must be true.", no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("doc")(document)
    group.command("replay")(_rule_replay.replay)
    app.add_typer(group, name="rules")


def list_rules(*, as_json: JsonFlag = False) -> None:
    """Every rule, checked against its facts; needs no database."""
    rules = [rule for suite in checked_suites(project.find()).values() for rule in suite.rules]
    emit(
        rules,
        as_json=as_json,
        text=table(
            ("table", "rule", "id", "severity", "mode", "description"),
            [(r.table, r.id, r.catalogue, r.severity, r.mode, r.description) for r in rules],
        ),
    )


def document(
    output: Annotated[Path | None, typer.Option(help="The file to write, as a whole or not at all.")] = None,
) -> None:
    """The page docs/rules.md, made of the suites; needs no database."""
    found = project.find()
    text = page(checked_suites(found), found)
    if output is None:
        typer.echo(text, nl=False)
    else:
        require_file(output, "--output")
        with storing(output.parent):
            replace_file(output, text)
