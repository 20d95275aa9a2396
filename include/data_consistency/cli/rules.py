"""`consistency rules list`: the rules as the suites say them."""

import typer

from data_consistency import config
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.db.facts import check_conditions
from data_consistency.db.scan import facts_of
from data_consistency.rules import load_suites


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What must be true.", no_args_is_help=True)
    group.callback()(_group)
    group.command("list")(list_rules)
    app.add_typer(group, name="rules")


def _group() -> None:
    """What must be true."""


def list_rules(*, as_json: JsonFlag = False) -> None:
    """Every rule, checked against its facts; needs no database."""
    settings = config.load_settings()
    suites = load_suites(settings.expectations, settings.sql / "corrections")
    for suite in suites.values():
        check_conditions(suite, facts_of(suite.table, settings.sql / "facts"))
    rules = [rule for suite in suites.values() for rule in suite.rules]
    emit(
        rules,
        as_json=as_json,
        text=table(
            ("table", "rule", "id", "severity", "mode", "description"),
            [(r.table, r.id, r.catalogue, r.severity, r.mode, r.description) for r in rules],
        ),
    )
