"""Figures of each company: rates, what began and ended, what is open, and how that was on the days before."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_consistency.report.figures import CompanyFigures, OfRule, Rate
from data_consistency.report.period import day_of, period_of
from data_consistency.report.standing import TrendPoint

Row = Mapping[str, object]
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Rows that the figures of companies are made of; each names its company."""

    entities: Sequence[Row]
    live: Sequence[Row]
    wrong: Sequence[Row]
    flow: Sequence[Row]
    corrections: Sequence[Row]
    open: Sequence[Row]
    names: Mapping[int, str]
    standing: Mapping[int | None, int]  # findings that nobody has dealt with
    trends: Mapping[int | None, tuple[TrendPoint, ...]] = field(default_factory=dict)


def companies_of(counted: Counted) -> tuple[CompanyFigures, ...]:
    """Every company that has rows or findings, the most findings first."""
    checked, live, wrong = (by_company(rows, "entities") for rows in (counted.entities, counted.live, counted.wrong))
    rules = _rules(counted)
    past = {company for company, line in counted.trends.items() if any(point.violations for point in line)}
    made = [
        CompanyFigures(
            company_id=company,
            name="" if company is None else counted.names.get(company, ""),
            live=Rate(company_id=company, checked=checked.get(company, 0), inconsistent=live.get(company, 0)),
            day=Rate(company_id=company, checked=checked.get(company, 0), inconsistent=wrong.get(company, 0)),
            found=sum(one.found for one in rules.get(company, {}).values()),
            corrected=sum(one.corrected for one in rules.get(company, {}).values()),
            fixed=sum(one.fixed for one in rules.get(company, {}).values()),
            open=counted.standing.get(company, 0),
            rules=rules.get(company, {}),
            trend=counted.trends.get(company, ()),
        )
        for company in checked.keys() | rules.keys() | counted.standing.keys() | past
    ]
    return tuple(sorted(made, key=lambda one: (-one.open, -one.found, -one.fixed, one.company_id or 0)))


def by_company(rows: Iterable[Row], column: str) -> dict[int | None, int]:
    """A column of counts, summed by company."""
    sums: Counter[int | None] = Counter()
    for row in rows:
        sums[company_of(row)] += int(str(row[column] or 0))
    return dict(sums)


def company_of(row: Row) -> int | None:
    """Whose row it is."""
    return None if row["company_id"] is None else int(str(row["company_id"]))


def tides(
    rows: Sequence[Row], standing: Mapping[int | None, int], days: Sequence[date], now: datetime, zone: ZoneInfo
) -> dict[int | None, tuple[TrendPoint, ...]]:
    """How many findings of each company were open at the end of each day, counted back from now.

    Args:
        rows: by how much they grew, since the first of the days.
        standing: how many are open now.
        days: of the trend, ascending.
        now: UTC, naive.
        zone: where days begin.
    """
    since = period_of(days[0], zone).start
    growth: dict[int | None, Counter[date]] = defaultdict(Counter)
    for row in rows:
        begun = since + int(str(row["quarter"])) * _QUARTER
        growth[company_of(row)][day_of(begun, zone)] += int(str(row["growth"]))
    found = {}
    for company in standing.keys() | growth.keys():
        later = sum(many for day, many in growth[company].items() if day > days[-1])
        found[company] = _counted_back(growth[company], standing.get(company, 0) - later, days, day_of(now, zone))
    return found


def _counted_back(growth: Mapping[date, int], count: int, days: Sequence[date], today: date) -> tuple[TrendPoint, ...]:
    points = []
    for day in reversed(days):
        points.append(TrendPoint(day=day, violations=max(0, count) if day <= today else None))
        count -= growth.get(day, 0)
    return tuple(reversed(points))


def _rules(counted: Counted) -> dict[int | None, dict[str, OfRule]]:
    sums: dict[int | None, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for rows, columns in (
        (counted.flow, {"found": "found", "fixed": "fixed"}),
        (counted.corrections, {"corrected": "corrections"}),
        (counted.open, {"open": "findings"}),
    ):
        for row in rows:
            for name, column in columns.items():
                sums[company_of(row)][str(row["rule"])][name] += int(str(row[column] or 0))
    return {
        company: {rule: OfRule(**counts) for rule, counts in sorted(rules.items()) if any(counts.values())}
        for company, rules in sums.items()
    }
