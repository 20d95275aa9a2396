"""What wrong rows have in common."""

from datetime import datetime, timedelta
from typing import Any

from data_consistency.alerts.causes import over_represented

_MORNING = datetime(2026, 10, 20, 8)


def _rows(count: int, **same: Any) -> list[dict[str, Any]]:
    """Rows spread over companies, versions and hours, except for what is the same in all."""
    return [
        {
            "id": n,
            "company": n % 7,
            "agent_version": str(n % 5),
            "number": f"number-{n % 11}",
            "at": _MORNING + timedelta(minutes=7 * n),
            **same,
        }
        for n in range(count)
    ]


def _named(wrong: list[dict[str, Any]], others: list[dict[str, Any]], *openings: Any) -> tuple[str, str] | None:
    cause = over_represented(wrong, others, openings)
    return None if cause is None else (cause.attribute, cause.value)


def test_the_value_that_marks_them_off_is_named() -> None:
    """Company, agent version, number: whichever is over-represented, with its share here and there."""
    others = _rows(700)

    assert ("agent_version", "9") == _named(_rows(100, agent_version="9"), others)
    assert ("company", "42") == _named(_rows(100, company=42), others)
    assert ("number", "number-99") == _named(_rows(100, number="number-99"), others)
    cause = over_represented(_rows(90, company=3) + _rows(10, company=4), others)
    assert cause is not None
    assert ("3", 0.9) == (cause.value, cause.ratio)
    assert 0.13 < cause.others < 0.16


def test_what_all_rows_have_is_no_cause() -> None:
    """A source of one company is not told that it is that company."""
    assert _named(_rows(100, company=1), _rows(700, company=1)) is None


def test_without_other_rows_nothing_is_named() -> None:
    """Nothing can be over-represented where there is nothing else."""
    assert _named(_rows(100, company=1), []) is None


def test_an_hour_and_an_open_breaker_are_causes() -> None:
    """A burst names its hour; rows made while a breaker was open name the breaker, which says more."""
    burst = _rows(100, at=_MORNING + timedelta(minutes=20))
    opening = ("calcom:7", _MORNING, _MORNING + timedelta(hours=1))
    spread = _rows(700)

    assert ("hour", _MORNING.isoformat()) == _named(burst, spread)
    assert ("breaker", "calcom:7") == _named(burst, spread, opening)


def test_the_nearer_cause_is_named() -> None:
    """Where two explain as much, the version is named before the company that runs it."""
    assert ("agent_version", "9") == _named(_rows(100, agent_version="9", company=42), _rows(700))


def test_what_is_no_code_is_not_named() -> None:
    """A source field in which somebody wrote a name stays in the database."""
    assert _named(_rows(100, origin="von Frau Müller, +49 30 1"), _rows(700, origin="phone")) is None
    assert ("origin", "phone") == _named(_rows(100, origin="phone"), _rows(700, origin="web"))


def test_missing_values_are_nobodys_cause() -> None:
    """Rows without a version are not said to have one, and ids stay whole numbers."""
    wrong = _rows(100, agent_version=None, company=42)
    wrong[0]["company"] = None

    assert ("company", "42") == _named(wrong, _rows(700))
