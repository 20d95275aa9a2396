"""Figures of a daily report with something in every part, for tests of what is made of them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_consistency.report.figures import (
    CompanyFigures,
    Figures,
    Mails,
    OfRule,
    Rate,
    Review,
    RuleChange,
    RuleFigures,
    Shadow,
    Silent,
    Waiting,
)
from data_consistency.report.happened import ChangedRun, Turn
from data_consistency.report.period import period_of
from data_consistency.report.standing import Needs, TrendPoint
from data_consistency.report.times import Times, ages_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2025, 10, 20)
NOW = datetime.fromisoformat("2025-10-21T00:05")  # UTC, naive


def rule(name: str = "call_direction_present", **values: object) -> RuleFigures:
    """One rule with two open findings."""
    fields: dict[str, object] = {
        "rule": name,
        "catalogue": "K-01",
        "severity": "warning",
        "mode": "correct",
        "table": "calls",
        "description": "Every call has a direction.",
        "found": 3,
        "corrected": 1,
        "fixed": 1,
        "open": 2,
        "in_review": 0,
        "violations": 2,
        "rows_checked": 173,
        **values,
    }
    return RuleFigures(**fields)  # type: ignore[arg-type]  # fields of one test


def company(company_id: int | None, name: str, *, checked: int = 361, inconsistent: int = 5) -> CompanyFigures:
    """A company with one open finding, where it has rows."""
    some = int(checked > 0)
    return CompanyFigures(
        company_id=company_id,
        name=name,
        live=Rate(company_id=company_id, checked=checked, inconsistent=inconsistent),
        day=Rate(company_id=company_id, checked=checked, inconsistent=inconsistent),
        found=some,
        corrected=0,
        fixed=0,
        open=some,
        rules={"call_direction_present": OfRule(found=1, open=1)},
        trend=(TrendPoint(day=DAY, violations=1),),
    )


def figures(text: str = "K", **values: object) -> Figures:
    """A day with something in every part; `text` stands wherever a text can stand."""
    fields: dict[str, object] = {
        "period": period_of(DAY, BERLIN),
        "generated_at": NOW,
        "run_id": text,
        "source": "",
        "live": Rate(company_id=None, checked=361, inconsistent=5),
        "day": Rate(company_id=None, checked=361, inconsistent=9),
        "companies": (
            company(1, text or "K"),
            company(None, "", checked=0, inconsistent=0),
        ),
        "entities": {"call": 173, "appointment": 73, "customer": 115},
        "rules": (rule(description=text, mode=text, catalogue=text, table=text), rule("quiet", **QUIET)),
        "runs": (ChangedRun(run_id=f"{text}-run", last_at=NOW, rules=((text, 3, 1),)),),
        "undone": 0,
        "latency": Times(findings=3, median_seconds=125, p95_seconds=290, unwatched=4),
        "mends": Times(findings=2, median_seconds=60, p95_seconds=3_600),
        "ages": ages_of(
            [{"hours": 0, "findings": 1, "ongoing": 0}, {"hours": 30, "findings": 1, "ongoing": 1}],
        ),
        "needs": Needs(questions=2, plans=1, breakers=(text,)),
        "turns": (
            Turn(
                service=text,
                company_id=1,
                old_state="closed",
                new_state="open",
                reason=text,
                at=NOW - timedelta(hours=9),
            ),
        ),
        "review": Review(pending=2, in_progress=1, oldest=NOW - timedelta(days=3, hours=2), opened=2, decided=1),
        "not_evaluated": (Silent(rule=text, table=text, reason=text),),
        "incidents": (
            Waiting(
                id=7,
                kind=text,
                rule=text,
                table=text,
                found=90,
                cap=25,
                detail=text,
                opened_at=NOW - timedelta(hours=1),
            ),
        ),
        "mails": Mails(pending=1, failed=1, oldest=NOW - timedelta(minutes=90)),
        "trend": tuple(
            TrendPoint(day=DAY - timedelta(days=back), violations=None if back == 5 else back)
            for back in range(13, -1, -1)
        ),
        "rule_set": "5e7" * 21 + "a",
        "changes": (
            RuleChange(
                rule=text,
                table=text,
                mode_before="shadow",
                mode=text,
                fingerprint_before="a" * 64,
                fingerprint="b" * 64,
                at=NOW - timedelta(hours=9),
            ),
            RuleChange(
                rule="added",
                table="calls",
                mode_before=None,
                mode="shadow",
                fingerprint_before=None,
                fingerprint="c" * 64,
                at=NOW - timedelta(hours=8),
            ),
        ),
        "shadow": (
            Shadow(rule=text, table=text, description=text, days=12, found=30, would_correct=28, would_refuse=2),
            Shadow(
                rule="young",
                table="calls",
                description="d",
                days=None,
                found=None,
                would_correct=None,
                would_refuse=None,
            ),
        ),
        **values,
    }
    return Figures(**fields)  # type: ignore[arg-type]  # fields of one test


QUIET: dict[str, object] = {"found": 0, "corrected": 0, "fixed": 0, "open": 0, "violations": 0}
