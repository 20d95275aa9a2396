"""Counting the figures of the daily report from ledger, results, queue and outbox."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import TypeVar

from data_consistency.report import life_cycle
from data_consistency.report.figures import (
    Figures,
    Latency,
    Mails,
    Preview,
    Rate,
    Review,
    RuleFigures,
    Silent,
    TrendPoint,
    Waiting,
)
from data_consistency.report.life_cycle import Ask
from data_consistency.report.period import Period, day_of, period_of
from data_consistency.rules import Rule, Severity, rule_set_fingerprint

Key = TypeVar("Key", bound=Hashable)

TREND_DAYS = 14
_ORDER = {severity.value: rank for rank, severity in enumerate(Severity)}


def collect(
    ask: Ask,
    *,
    rules: Sequence[Rule],
    period: Period,
    run_id: str,
    now: datetime,
    previews: Mapping[str, Preview] | None = None,
) -> Figures:
    """Ask for everything the report says, in the caller's transaction.

    Args:
        ask: answers the report's questions.
        rules: of all suites.
        period: the day.
        run_id: of the run that writes the report.
        now: UTC, naive.
        previews: what the corrections of rules in shadow would do, by rule, where somebody looked.
    """
    between = {"start": period.start, "end": period.end}
    entities = ask("entities")
    total, companies = _rates(entities, ask("inconsistent", **between))
    verdicts = {str(row["rule"]): row for row in ask("verdicts", since=now - timedelta(days=TREND_DAYS))}
    corrections = ask("corrections", **between)[0]
    return Figures(
        period=period,
        generated_at=now,
        run_id=run_id,
        total=total,
        companies=companies,
        entities=_sums((str(row["entity"]), _int(row["entities"])) for row in entities),
        rules=_rules(rules, ask("findings", **between), verdicts),
        corrected=_int(corrections["applied"]),
        undone=_int(corrections["undone"]),
        latency=latency_of([(_int(row["seconds"]), _int(row["findings"])) for row in ask("latency", **between)]),
        review=_review(ask("review", **between)[0]),
        not_evaluated=silent_rules(rules, verdicts),
        incidents=tuple(_waiting(row) for row in ask("incidents")),
        mails=_mails(ask("mails")[0]),
        trend=_trend(ask, period, now),
        rule_set=rule_set_fingerprint(rules),
        changes=life_cycle.rule_changes(ask, period),
        shadow=life_cycle.in_shadow(ask, rules, verdicts, previews or {}, now),
    )


def latency_of(histogram: Sequence[tuple[int, int]]) -> Latency:
    """Median and 95th percentile (nearest rank) of `(seconds, how many)`, ascending by seconds."""
    count = sum(many for _, many in histogram)
    if not count:
        return Latency(findings=0, median_seconds=None, p95_seconds=None)
    upto = list(accumulate(many for _, many in histogram))

    def ranked(percent: int) -> int:
        rank = -(-count * percent // 100)
        return next(seconds for (seconds, _), total in zip(histogram, upto, strict=True) if total >= rank)

    return Latency(findings=count, median_seconds=ranked(50), p95_seconds=ranked(95))


def _rates(entities: list[dict[str, object]], wrong: list[dict[str, object]]) -> tuple[Rate, tuple[Rate, ...]]:
    checked = _sums((_company(row), _int(row["entities"])) for row in entities)
    inconsistent = _sums((_company(row), _int(row["entities"])) for row in wrong)
    companies = [
        Rate(company_id=company, checked=checked.get(company, 0), inconsistent=inconsistent.get(company, 0))
        for company in checked.keys() | inconsistent.keys()
    ]
    companies.sort(key=lambda rate: (2.0 if rate.ratio is None else rate.ratio, rate.company_id or 0))
    total = Rate(company_id=None, checked=sum(checked.values()), inconsistent=sum(inconsistent.values()))
    return total, tuple(companies)


def _rules(
    rules: Sequence[Rule], findings: list[dict[str, object]], verdicts: Mapping[str, Mapping[str, object]]
) -> tuple[RuleFigures, ...]:
    known = {rule.id: rule for rule in rules}
    found = {str(row["rule"]): row for row in findings}
    figures = [
        _rule(name, known.get(name), found.get(name, {}), verdicts.get(name, {}))
        for name in sorted(known.keys() | found.keys())
    ]
    figures.sort(key=lambda rule: (-rule.active, _ORDER.get(rule.severity, 9), -rule.found, rule.rule))
    return tuple(figures)


def _rule(name: str, rule: Rule | None, row: Mapping[str, object], verdict: Mapping[str, object]) -> RuleFigures:
    return RuleFigures(
        rule=name,
        catalogue=rule.catalogue if rule else str(row["catalogue"] or ""),
        severity=rule.severity.value if rule else str(row["severity"]),
        mode=rule.mode.value if rule else "removed",
        table=rule.table if rule else str(row["entity"]),
        description=rule.description if rule else str(row["description"]),
        found=_int(row.get("found")),
        corrected=_int(row.get("corrected")),
        resolved=_int(row.get("resolved")),
        open=_int(row.get("open")),
        in_review=_int(row.get("in_review")),
        violations=_count(verdict.get("violations")),
        rows_checked=_count(verdict.get("rows_checked")),
    )


def silent_rules(rules: Sequence[Rule], verdicts: Mapping[str, Mapping[str, object]]) -> tuple[Silent, ...]:
    """Rules about which nothing is known, by the newest verdict of each over its whole table."""
    silent = []
    for rule in rules:
        verdict = verdicts.get(rule.id)
        if verdict is None:
            reason = f"no full check in the last {TREND_DAYS} days"
        elif verdict["outcome"] == "not_evaluated":
            reason = str(verdict["reason"] or "no reason given")
        else:
            continue
        silent.append(Silent(rule=rule.id, table=rule.table, reason=reason))
    return tuple(silent)


def _review(row: Mapping[str, object]) -> Review:
    return Review(
        pending=_int(row["pending"]),
        in_progress=_int(row["in_progress"]),
        oldest=_time(row["oldest"]),
        opened=_int(row["opened"]),
        decided=_int(row["decided"]),
    )


def _waiting(row: Mapping[str, object]) -> Waiting:
    opened_at = _time(row["opened_at"])
    assert opened_at is not None  # the column is NOT NULL
    return Waiting(
        id=_int(row["id"]),
        kind=str(row["kind"]),
        rule=str(row["rule"]),
        table=str(row["table_name"]),
        found=_int(row["found"]),
        cap=_int(row["cap"]),
        detail=str(row["detail"]),
        opened_at=opened_at,
    )


def _mails(row: Mapping[str, object]) -> Mails:
    return Mails(pending=_int(row["pending"]), failed=_int(row["failed"]), oldest=_time(row["oldest"]))


def _trend(ask: Ask, period: Period, now: datetime) -> tuple[TrendPoint, ...]:
    # The check of the night after the day shows how the day ended.
    newest = min(day_of(now, period.zone), period.day + timedelta(days=1))
    days = [newest - timedelta(days=back) for back in range(TREND_DAYS - 1, -1, -1)]
    since, until = period_of(days[0], period.zone).start, period_of(newest, period.zone).end
    last: dict[date, dict[str, int]] = {}
    # Ascending by time: a later check of the same table on the same day replaces the earlier.
    for row in ask("trend", since=since, until=until):
        moment = _time(row["evaluated_at"])
        assert moment is not None  # the column is NOT NULL
        last.setdefault(day_of(moment, period.zone), {})[str(row["table_name"])] = _int(row["violations"])
    return tuple(TrendPoint(day=day, violations=sum(last[day].values()) if day in last else None) for day in days)


def _sums(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: Counter[Key] = Counter()
    for key, count in pairs:
        sums[key] += count
    return dict(sums)


def _company(row: Mapping[str, object]) -> int | None:
    return _count(row["company_id"])


def _count(value: object) -> int | None:
    return None if value is None else _int(value)


def _int(value: object) -> int:
    """A count; the driver gives sums as Decimal."""
    return int(str(value or 0))


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
