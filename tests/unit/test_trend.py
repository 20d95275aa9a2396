"""The line of a rule: what is drawn of days that were judged and of days that were not."""

from datetime import date, timedelta

from data_consistency.console.trend import line_of

_DAYS = [date(2026, 10, 1) + timedelta(days=number) for number in range(30)]


def test_a_line_is_broken_where_nothing_was_judged() -> None:
    """Two strokes; a day alone is a dot, and so is the last one; the highest day touches the top."""
    counts = {_DAYS[0]: 10, _DAYS[1]: 5, _DAYS[2]: None, _DAYS[10]: 3, _DAYS[28]: 0, _DAYS[29]: 2}

    line = line_of(_DAYS, counts)

    assert ("3.0,3.0 9.0,18.0", "171.0,33.0 177.0,27.0") == line.strokes
    assert (("63.0", "24.0"), ("177.0", "27.0")) == line.dots
    assert (10, 2, 10) == (line.first, line.last, line.most)
    assert [2, 0, 3, 5, 10] == [count for _, count in line.judged]


def test_a_rule_that_was_never_judged_has_no_line() -> None:
    """Nothing is drawn, and nothing is said."""
    line = line_of(_DAYS, {})

    assert ((), (), ()) == (line.strokes, line.dots, line.judged)
    assert (None, None, 0) == (line.first, line.last, line.most)


def test_a_rule_without_violations_lies_on_the_ground() -> None:
    """Zero is no fault of the scale."""
    assert ("3.0,33.0 9.0,33.0",) == line_of(_DAYS, {_DAYS[0]: 0, _DAYS[1]: 0}).strokes
