"""`consistency rules`: the rules as the suites say them, and tried on examples and on history."""

from collections.abc import Mapping

import typer

from data_consistency import config
from data_consistency.cli import _rule_replay, _rule_test
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.cli._suites import load_checked
from data_consistency.db.proposals import load_correction
from data_consistency.rules import Rule, Suite


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What must be true.", no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("doc")(document)
    group.command("test")(_rule_test.try_rules)
    group.command("replay")(_rule_replay.replay)
    app.add_typer(group, name="rules")


def list_rules(*, as_json: JsonFlag = False) -> None:
    """Every rule, checked against its facts; needs no database."""
    rules = [rule for suite in load_checked(config.load_settings()).values() for rule in suite.rules]
    emit(
        rules,
        as_json=as_json,
        text=table(
            ("table", "rule", "id", "severity", "mode", "description"),
            [(r.table, r.id, r.catalogue, r.severity, r.mode, r.description) for r in rules],
        ),
    )


def document() -> None:
    """The page docs/rules.md, made of the suites; needs no database."""
    typer.echo(page(load_checked(config.load_settings())), nl=False)


def page(suites: Mapping[str, Suite]) -> str:
    """Markdown of all rules, by table."""
    lines = ["# Rules", "", "Made of `expectations/` by `consistency rules doc`. NULL is a violation.", ""]
    for suite in suites.values():
        lines += [f"## {suite.table}", ""]
        for rule in suite.rules:
            remedy = f"{rule.mode}: `{rule.correction}`" if rule.correction else str(rule.mode)
            needs = "" if rule.needs is None else f"; not evaluated without a fresh report of: {rule.needs}"
            age = "" if rule.min_age_minutes is None else f", rows untouched for {rule.min_age_minutes} minutes"
            lines += [
                f"### {rule.catalogue} `{rule.id}`",
                "",
                rule.description,
                "",
                f"- severity: {rule.severity}; remedy: {remedy}{age}; priority in review: {rule.priority}{needs}",
                *_evidence(rule),
                f"- a reviewer: {rule.review_hint or 'nothing to do, it is reported'}",
                "",
                "```sql",
                rule.condition,
                "```",
                "",
            ]
    return "\n".join(lines)


def _evidence(rule: Rule) -> list[str]:
    """On what a correction rests: its own first line, and what must hold of the row."""
    if rule.correction is None:
        return []
    correction = load_correction(rule.correction)
    meaning = correction.sql.splitlines()[0].partition(": ")[2].rstrip(".")
    when = "" if correction.when is None else f"; only when `{correction.when.condition}`"
    return [f"- evidence: {meaning}{when}"]
