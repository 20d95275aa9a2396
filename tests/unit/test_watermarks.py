"""How far a check has come, and where the next one begins."""

from datetime import datetime, timedelta

import pytest

from data_consistency.ledger.watermarks import LONGEST_TRANSACTION, OVERLAP, Watermark

NOW = datetime(2026, 3, 30, 12, 0)
_MINUTE = timedelta(minutes=1)


def _watermark(until: datetime | None = None, oldest: datetime | None = None) -> Watermark:
    return Watermark(server_now=NOW, changed_until=until, oldest_change=oldest)


@pytest.mark.parametrize(
    ("oldest", "expected"),
    [
        (None, NOW),
        (NOW + _MINUTE, NOW),
        (NOW - 12 * _MINUTE, NOW - 12 * _MINUTE),
        (NOW - timedelta(days=3), NOW - LONGEST_TRANSACTION),
    ],
)
def test_it_moves_to_the_clock_or_to_what_has_not_committed(oldest: datetime | None, expected: datetime) -> None:
    """A transaction that nobody ends does not hold it for ever."""
    assert expected == _watermark(oldest=oldest).next


@pytest.mark.parametrize(
    ("until", "begin", "is_astray"),
    [
        (NOW - 5 * _MINUTE, NOW - 5 * _MINUTE - OVERLAP, False),
        (NOW, NOW - OVERLAP, False),
        (NOW + 3 * _MINUTE, NOW - 3 * _MINUTE - OVERLAP, False),
        (NOW + OVERLAP, NOW - 2 * OVERLAP, False),
        (NOW + OVERLAP + _MINUTE, NOW - 2 * OVERLAP - _MINUTE, True),
    ],
)
def test_the_window_of_one_ahead_of_the_clock_is_wider(until: datetime, begin: datetime, is_astray: bool) -> None:
    """What changed since the clock went back carries times before the watermark."""
    watermark = _watermark(until)

    assert (begin, is_astray) == (watermark.window(until), watermark.is_astray)
