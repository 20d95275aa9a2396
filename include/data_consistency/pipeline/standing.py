"""How things stand now, counted by what the pages count with, for the daily report."""

from datetime import datetime

from data_consistency.console import state, trend, waiting
from data_consistency.ledger import queue_pages
from data_consistency.report.standing import Needs, OpenCounts, Standing, TrendPoint
from data_consistency.runtime import Runtime


def standing_of(rt: Runtime, moment: datetime) -> tuple[Standing, dict[int, str]]:
    """What is open and what waits, the last days until a moment, and what companies are called.

    Args:
        rt: the runtime.
        moment: UTC, naive; the trend ends on its day.
    """
    found = waiting.read(rt)
    with rt.transaction() as connection:
        rules = state.open_by_rule(connection)
        companies = state.open_by_company(connection)
        lines = trend.read(connection, moment, rt.settings.report_timezone)
        ids = state.known_companies(connection)
        names = queue_pages.names(connection, ids)
    return (
        Standing(
            rules={one.rule: OpenCounts(open=one.open, in_review=one.in_review) for one in rules if one.total},
            companies={one.company_id: one.findings for one in companies},
            needs=_needs(found),
            trends={
                rule: tuple(
                    TrendPoint(day=day, violations=count) for day, count in zip(line.days, line.counts, strict=True)
                )
                for rule, line in lines.items()
            },
        ),
        dict(names),
    )


def _needs(found: waiting.Waiting) -> Needs:
    return Needs(
        questions=found.questions + sum(person.items for person in found.people),
        confirmations=found.confirmations,
        pressing=found.pressing,
        plans=found.plans,
        failures=found.failures,
        messages=found.set_aside,
        breakers=found.breakers,
    )
