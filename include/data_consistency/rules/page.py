"""The page docs/rules.md, made of the suites."""

from collections.abc import Mapping

from data_consistency.project import Project
from data_consistency.rules.corrections import load_correction
from data_consistency.rules.rule import Rule, Suite


def page(suites: Mapping[str, Suite], project: Project) -> str:
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
                *_evidence(rule, project),
                f"- a reviewer: {rule.review_hint or 'nothing to do, it is reported'}",
                "",
                "```sql",
                rule.condition,
                "```",
                "",
            ]
    return "\n".join(lines)


def _evidence(rule: Rule, project: Project) -> list[str]:
    """On what a correction rests: its own first line, and what must hold of the row."""
    if rule.correction is None:
        return []
    correction = load_correction(project, rule.correction)
    meaning = correction.sql.splitlines()[0].partition(": ")[2].rstrip(".")
    when = "" if correction.when is None else f"; only when `{correction.when.condition}`"
    return [f"- evidence: {meaning}{when}"]
