"""How a report counts and says numbers: shares, durations, times and the lines of a trend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.report import wording
from data_consistency.report.figures import (
    Rate,
)
from data_consistency.report.standing import TrendPoint
from data_consistency.report.times import times_of
from data_consistency.report.wording import Words
from tests.report_figures import DAY


def test_rate_never_falls_below_zero() -> None:
    """Findings of rows that were deleted meanwhile do not make the rate negative."""
    assert Rate(company_id=1, checked=1, inconsistent=3).ratio == 0.0


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "100.00\u00a0%"), (0.999999, "99.99\u00a0%"), (0.29, "29.00\u00a0%"), (None, "nothing checked")],
)
def test_percent_is_rounded_down(ratio: float | None, text: str) -> None:
    """100 % means all, not almost all."""
    assert Words("en").percent(ratio) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "\u2013"), (0, "0 s"), (59.9, "59 s"), (3_600, "1 h"), (93_784, "1 d 2 h")]
)
def test_duration_has_two_units(seconds: float | None, text: str) -> None:
    """A duration is as exact as a reader needs it."""
    assert Words("en").duration(seconds).replace("\u00a0", " ") == text


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 50)), unique_by=lambda pair: pair[0], min_size=1))
def test_latency_is_that_of_the_sorted_list(histogram: list[tuple[int, int]]) -> None:
    """Median and p95 of the histogram are those of all values written out."""
    histogram.sort()
    values = [seconds for seconds, many in histogram for _ in range(many)]

    latency = times_of(histogram)

    assert latency.findings == len(values)
    assert latency.median_seconds == values[-(-len(values) * 50 // 100) - 1]
    assert latency.p95_seconds == values[-(-len(values) * 95 // 100) - 1]


def test_sparkline_leaves_a_gap_where_nothing_was_checked() -> None:
    """A day without a check is not a day without violations."""
    days = [TrendPoint(day=DAY, violations=number) for number in (4, 2, None, 0)]

    lines = wording.sparkline(days)

    assert [len(line) for line in lines] == [2, 1]
    assert lines[0][0] == (5.0, 5.0)
    assert lines[1][0] == (275.0, 43.0)
