"""Figures of each rule: what it found, what was corrected and what ended, what is open, and how it was before."""

from collections import Counter
from collections.abc import Mapping, Sequence

from data_consistency.report.figures import Problem, RuleFigures
from data_consistency.report.life_cycle import Ask
from data_consistency.report.standing import OpenCounts, Standing
from data_consistency.rules import Rule, Severity

_ORDER = {severity.value: rank for rank, severity in enumerate(Severity)}
_NONE = OpenCounts(open=0, in_review=0)
Rows = Sequence[Mapping[str, object]]


def figures_of(
    ask: Ask,
    rules: Sequence[Rule],
    flow: Rows,
    corrections: Rows,
    verdicts: Mapping[str, Mapping[str, object]],
    standing: Standing,
) -> tuple[RuleFigures, ...]:
    """Every rule that is in a suite, or of which anything is known, the most pressing first."""
    known = {rule.id: rule for rule in rules}
    counts = {
        "found": sums_of(flow, "rule", "found"),
        "fixed": sums_of(flow, "rule", "fixed"),
        "corrected": sums_of(corrections, "rule", "corrections"),
    }
    everywhere = known.keys() | standing.rules.keys() | {name for sums in counts.values() for name in sums}
    strange = sorted(everywhere - known.keys())
    said = {str(row["rule"]): row for row in (ask("others", rules=strange) if strange else [])}
    figures = [
        RuleFigures(
            **_said_of(name, known.get(name), said.get(name, {})),  # type: ignore[arg-type]  # texts, by name
            found=counts["found"].get(name, 0),
            corrected=counts["corrected"].get(name, 0),
            fixed=counts["fixed"].get(name, 0),
            open=standing.rules.get(name, _NONE).open,
            in_review=standing.rules.get(name, _NONE).in_review,
            violations=_count(verdicts.get(name, {}).get("violations")),
            rows_checked=_count(verdicts.get(name, {}).get("rows_checked")),
            trend=standing.trends.get(name, ()),
        )
        for name in sorted(everywhere)
    ]
    figures.sort(key=lambda rule: (-rule.active, _ORDER.get(rule.severity, 9), -rule.found, rule.rule))
    return tuple(figures)


def _said_of(name: str, rule: Rule | None, row: Mapping[str, object]) -> dict[str, object]:
    """What a rule is, by its suite; where it is in none any more, by its findings."""
    if rule is None:
        return {
            "rule": name,
            "catalogue": str(row.get("catalogue") or ""),
            "severity": str(row.get("severity") or Severity.WARNING.value),
            "mode": "removed",
            "table": str(row.get("entity") or ""),
            "description": str(row.get("description") or name),
        }
    return {
        "rule": name,
        "catalogue": rule.catalogue,
        "severity": rule.severity.value,
        "mode": rule.mode.value,
        "table": rule.table,
        "description": rule.description,
        "problem": None if rule.problem is None else Problem(en=rule.problem.en, de=rule.problem.de),
    }


def sums_of(rows: Rows, key: str, column: str) -> dict[str, int]:
    """A column of counts, summed by another."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[str(row[key])] += int(str(row[column] or 0))
    return dict(sums)


def _count(value: object) -> int | None:
    return None if value is None else int(str(value))
