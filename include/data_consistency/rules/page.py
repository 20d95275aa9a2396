"""The page docs/rules.md, made of the suites."""

from collections.abc import Mapping

from data_consistency.project import Project
from data_consistency.rules.comparing import pairs_of
from data_consistency.rules.corrections import load_correction
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.following import following
from data_consistency.rules.language import columns_of
from data_consistency.rules.rule import Rule, Suite
from data_consistency.rules.ties import clocks_of, tables_of

_HEAD = """# Rules

Made of `expectations/` by `consistency rules doc`. NULL is a violation.

*Seen* says which check finds a violation: the next one is at most five minutes away, the daily one reads every row.
Where the source may not be altered (`--without-change-columns`, `--without-triggers`, a mapping of views), a change of
an older row and a removed one are seen by the daily check.
"""


def page(suites: Mapping[str, Suite], project: Project) -> str:
    """Markdown of all rules, by table."""
    lines = [_HEAD]
    for suite in suites.values():
        lines += [f"## {suite.table}", ""]
        facts = load_facts(project, suite.table)
        for rule in suite.rules:
            remedy = f"{rule.mode}: `{rule.correction}`" if rule.correction else str(rule.mode)
            needs = "" if rule.needs is None else f"; not evaluated without a fresh report of: {rule.needs}"
            age = "" if rule.min_age_minutes is None else f", rows untouched for {rule.min_age_minutes} minutes"
            lines += [
                f"### {rule.catalogue} `{rule.id}`",
                "",
                rule.description,
                "",
                *([] if rule.problem is None else [f"- told as: {rule.problem.en}; {rule.problem.de}"]),
                f"- severity: {rule.severity}; remedy: {remedy}{age}; priority in review: {rule.priority}{needs}",
                f"- seen: {_seen(rule, facts, project)}",
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


def _seen(rule: Rule, facts: Facts, project: Project) -> str:
    """By which check a violation is found, whatever row made it."""
    if following(project, facts).reads_everything:
        return "by the next check, which reads every row"
    columns = columns_of(rule, facts)
    read = tables_of(facts)
    others = sorted({table for column in columns for table in read[column]} - {facts.table})
    changes = ["of the row"]
    if columns & pairs_of(facts).keys():
        changes.append("of a row that it is compared with")
    changes += [f"of `{table}`" for table in others]
    *most, last = changes
    seen = (
        f"by the next check after a change {', '.join(most)} or {last}"
        if most
        else f"by the next check after a change {last}"
    )
    if rule.due_after_minutes is not None:
        return f"{seen}, and {rule.due_after_minutes} minutes after its last change"
    if columns & clocks_of(facts) or ":now" in rule.condition:
        return f"{seen}; what time alone makes of it, by the daily check at the latest"
    return seen
