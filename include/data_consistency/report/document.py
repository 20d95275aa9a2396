"""The report for machines: a JSON document whose keys are a promise."""

import dataclasses
from datetime import datetime

from data_consistency.report.figures import Figures, Rate
from data_consistency.report.period import local

VERSION = 1


def as_document(figures: Figures) -> dict[str, object]:
    """All figures as plain values; times are ISO 8601 with their offset."""
    zone = figures.period.zone

    def moment(value: datetime | None) -> str | None:
        return None if value is None else local(value, zone).isoformat()

    return {
        "version": VERSION,
        "generated_at": moment(figures.generated_at),
        "run_id": figures.run_id,
        "period": {
            "day": figures.period.day.isoformat(),
            "start": moment(figures.period.start),
            "end": moment(figures.period.end),
            "timezone": zone.key,
        },
        "consistency": {
            **_rate(figures.total),
            "companies": [{"company_id": rate.company_id, **_rate(rate)} for rate in figures.companies],
        },
        "entities_checked": dict(figures.entities),
        "findings": {name: figures.by_severity(name) for name in ("found", "resolved", "open", "in_review")},
        "corrections": {"applied": figures.corrected, "undone": figures.undone},
        "rules": [dataclasses.asdict(rule) for rule in figures.rules],
        "top_issues": [rule.rule for rule in figures.top],
        "detection_latency": dataclasses.asdict(figures.latency),
        "review": {**dataclasses.asdict(figures.review), "oldest": moment(figures.review.oldest)},
        "not_evaluated": [dataclasses.asdict(silent) for silent in figures.not_evaluated],
        "incidents": [
            {**dataclasses.asdict(incident), "opened_at": moment(incident.opened_at)} for incident in figures.incidents
        ],
        "undelivered_mails": {**dataclasses.asdict(figures.mails), "oldest": moment(figures.mails.oldest)},
        "rule_set": figures.rule_set,
        "rule_changes": [{**dataclasses.asdict(change), "at": moment(change.at)} for change in figures.changes],
        "in_shadow": [dataclasses.asdict(shadow) for shadow in figures.shadow],
        "trend": [{"day": point.day.isoformat(), "violations": point.violations} for point in figures.trend],
    }


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "rate": None if rate.ratio is None else round(rate.ratio, 6),
        "entities_checked": rate.checked,
        "entities_inconsistent": rate.inconsistent,
    }
