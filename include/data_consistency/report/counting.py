"""Counting the figures of the daily report from ledger, results, audit, queue and outbox."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from data_consistency.report import by_rule, companies, life_cycle, times
from data_consistency.report.companies import Counted, by_company
from data_consistency.report.figures import (
    Figures,
    Mails,
    Preview,
    Rate,
    Review,
    Silent,
    Waiting,
)
from data_consistency.report.happened import ChangedRun, Turn
from data_consistency.report.life_cycle import Ask
from data_consistency.report.period import Period, period_of
from data_consistency.report.standing import Standing, TrendPoint
from data_consistency.rules import Mode, Rule, Severity, rule_set_fingerprint

TREND_DAYS = 14  # a full check that is older says nothing of a rule any more
_SERIOUS = frozenset({Severity.CRITICAL.value, Severity.WARNING.value})
Rows = Sequence[Mapping[str, object]]


def collect(
    ask: Ask,
    *,
    rules: Sequence[Rule],
    period: Period,
    run_id: str,
    now: datetime,
    standing: Standing,
    names: Mapping[int, str] | None = None,
    previews: Mapping[str, Preview] | None = None,
    source: str = "",
    base_url: str | None = None,
) -> Figures:
    """Ask for everything the report says, in the caller's transaction.

    Args:
        ask: answers the report's questions.
        rules: of all suites.
        period: the day.
        run_id: of the run that writes the report.
        now: UTC, naive.
        standing: what is open and what waits, as the pages have it.
        names: of companies.
        previews: what the corrections of rules in shadow would do, by rule, where somebody looked.
        source: name of the watched database; empty: it is the only one.
        base_url: where people reach Airflow.
    """
    between = {"start": period.start, "end": period.end}
    verdicts = {str(row["rule"]): row for row in ask("verdicts", since=now - timedelta(days=TREND_DAYS))}
    flow = ask("flow", **between)
    corrections = corrections_of(ask, rules, flow, period)
    counted = Counted(
        entities=ask("entities"),
        live=ask("live"),
        wrong=ask("wrong", **between),
        flow=flow,
        corrections=corrections,
        open=ask("open"),
        names=names or {},
        standing=standing.companies,
        trends=_tides(ask, standing, period, now),
    )
    return Figures(
        period=period,
        generated_at=now,
        run_id=run_id,
        source=source,
        base_url=base_url,
        live=_rate(counted.entities, counted.live),
        day=_rate(counted.entities, counted.wrong),
        companies=companies.companies_of(counted),
        entities=by_rule.sums_of(counted.entities, "entity", "entities"),
        rules=by_rule.figures_of(ask, rules, flow, corrections, verdicts, standing),
        runs=_runs(corrections),
        undone=_int(ask("undone", **between)[0]["undone"]),
        latency=times.of_rows(ask("latency", **between)),
        mends=times.of_rows(ask("mends", **between)),
        ages=times.ages_of(ask("ages", now=now, start=period.start)),
        needs=standing.needs,
        turns=tuple(_turn(row) for row in reversed(ask("breakers", **between))),
        review=_review(ask("review", **between)[0]),
        not_evaluated=silent_rules(rules, verdicts),
        incidents=tuple(_waiting(row) for row in ask("incidents")),
        mails=_mails(ask("mails")[0]),
        trend=_trend(rules, standing),
        rule_set=rule_set_fingerprint(rules),
        changes=life_cycle.rule_changes(ask, period),
        shadow=life_cycle.in_shadow(ask, rules, verdicts, previews or {}, now),
    )


def corrections_of(ask: Ask, rules: Sequence[Rule], flow: Rows, period: Period) -> list[dict[str, object]]:
    """Rows changed in the period, by run, rule and company; what a correction ends is in the flow of the period."""
    names = {rule.id for rule in rules} | {str(row["rule"]) for row in flow}
    return ask("corrections", rules=sorted(names), start=period.start, end=period.end)


def silent_rules(rules: Sequence[Rule], verdicts: Mapping[str, Mapping[str, object]]) -> tuple[Silent, ...]:
    """Rules about which nothing is known, by the newest verdict of each over its whole table."""
    silent = []
    for rule in rules:
        verdict = verdicts.get(rule.id)
        if verdict is None:
            reason = f"no full check in the last {TREND_DAYS} days"
        elif verdict["outcome"] == "not_evaluated" or verdict["reason"]:  # or not for every company
            reason = str(verdict["reason"] or "no reason given")
        else:
            continue
        silent.append(Silent(rule=rule.id, table=rule.table, reason=reason))
    return tuple(silent)


def _rate(entities: Rows, wrong: Rows) -> Rate:
    checked, inconsistent = by_company(entities, "entities"), by_company(wrong, "entities")
    return Rate(company_id=None, checked=sum(checked.values()), inconsistent=sum(inconsistent.values()))


def _runs(rows: Rows) -> tuple[ChangedRun, ...]:
    found: dict[str, dict[str, tuple[int, int]]] = {}
    last: dict[str, datetime] = {}
    for row in rows:
        run, rule = str(row["run_id"]), str(row["rule"])
        changes, undone = found.setdefault(run, {}).get(rule, (0, 0))
        found[run][rule] = (changes + _int(row["corrections"]), undone + _int(row["undone"]))
        at = _time(row["last_at"])
        assert at is not None  # the column is NOT NULL
        last[run] = max(at, last.get(run, at))
    return tuple(
        ChangedRun(run_id=run, last_at=last[run], rules=tuple((rule, *counts) for rule, counts in rules.items()))
        for run, rules in found.items()
    )


def _tides(ask: Ask, standing: Standing, period: Period, now: datetime) -> dict[int | None, tuple[TrendPoint, ...]]:
    days = next(([point.day for point in line] for line in standing.trends.values()), [])
    if not days:
        return {}
    since = period_of(days[0], period.zone).start
    rows = ask("tides", since=since, until=now)
    return companies.tides(rows, standing.companies, days, now, period.zone)


def _trend(rules: Sequence[Rule], standing: Standing) -> tuple[TrendPoint, ...]:
    """Serious violations of all rules that act."""
    wanted = {rule.id for rule in rules if rule.severity.value in _SERIOUS and rule.mode is not Mode.SHADOW}
    days: dict[date, list[int]] = {}
    for name, line in standing.trends.items():
        for point in line:
            counts = days.setdefault(point.day, [])
            if name in wanted and point.violations is not None:
                counts.append(point.violations)
    return tuple(TrendPoint(day=day, violations=sum(days[day]) if days[day] else None) for day in sorted(days))


def _turn(row: Mapping[str, object]) -> Turn:
    at = _time(row["created_at"])
    assert at is not None  # the column is NOT NULL
    return Turn(
        service=str(row["service"]),
        company_id=_count(row["company_id"]),
        old_state=str(row["old_state"]),
        new_state=str(row["new_state"]),
        reason=str(row["reason"] or ""),
        at=at,
    )


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


def _count(value: object) -> int | None:
    return None if value is None else _int(value)


def _int(value: object) -> int:
    """A count; the driver gives sums as Decimal."""
    return int(str(value or 0))


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None
