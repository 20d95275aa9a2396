"""The report for machines: a JSON document whose keys are a promise."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from data_consistency.report.figures import CompanyFigures, Figures, Rate
from data_consistency.report.period import local
from data_consistency.report.standing import TrendPoint

VERSION = 2


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
        "source": figures.source or None,
        "consistency": {"live": _rate(figures.live), "day": _rate(figures.day)},
        "companies": [_company(company) for company in figures.companies],
        "entities_checked": dict(figures.entities),
        "findings": {name: figures.by_severity(name) for name in ("found", "fixed", "open", "in_review")},
        "corrections": {
            "applied": figures.corrected,
            "undone": figures.undone,
            "runs": [
                {"run_id": run.run_id, "applied": run.corrections, "standing": run.standing} for run in figures.runs
            ],
        },
        "need_you": {**dataclasses.asdict(figures.needs), "total": figures.needs.total},
        "rules": [{**dataclasses.asdict(rule), "trend": _trend(rule.trend)} for rule in figures.rules],
        "top_issues": [rule.rule for rule in figures.top],
        "detection_latency": dataclasses.asdict(figures.latency),
        "time_to_mend": dataclasses.asdict(figures.mends),
        "open_for": dataclasses.asdict(figures.ages),
        "breakers": [{**dataclasses.asdict(turn), "at": moment(turn.at)} for turn in figures.turns],
        "review": {**dataclasses.asdict(figures.review), "oldest": moment(figures.review.oldest)},
        "not_evaluated": [dataclasses.asdict(silent) for silent in figures.not_evaluated],
        "incidents": [
            {**dataclasses.asdict(incident), "opened_at": moment(incident.opened_at)} for incident in figures.incidents
        ],
        "undelivered_mails": {**dataclasses.asdict(figures.mails), "oldest": moment(figures.mails.oldest)},
        "rule_set": figures.rule_set,
        "rule_changes": [{**dataclasses.asdict(change), "at": moment(change.at)} for change in figures.changes],
        "in_shadow": [dataclasses.asdict(shadow) for shadow in figures.shadow],
        "trend": _trend(figures.trend),
    }


def _company(company: CompanyFigures) -> dict[str, object]:
    return {
        "company_id": company.company_id,
        "name": company.name,
        "live": _rate(company.live),
        "day": _rate(company.day),
        "found": company.found,
        "corrected": company.corrected,
        "fixed": company.fixed,
        "open": company.open,
        "trend": _trend(company.trend),
    }


def _trend(points: Sequence[TrendPoint]) -> list[dict[str, object]]:
    return [{"day": point.day.isoformat(), "violations": point.violations} for point in points]


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "rate": None if rate.ratio is None else round(rate.ratio, 6),
        "entities_checked": rate.checked,
        "entities_inconsistent": rate.inconsistent,
    }
