"""Failures while the database is away: who tells, once, and what is left for the ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from data_consistency.alerts import spool
from data_consistency.alerts.spool import Noted

_NOW = datetime(2026, 10, 20, 8)
_FIRST = Noted(
    topic="failure:DatabaseUnavailable",
    since=_NOW,
    dag="consistency_check",
    task="begin",
    log="",
    key="k",
    tried_at=_NOW,
)


def _later(minutes: int) -> Noted:
    at = _NOW + timedelta(minutes=minutes)
    return replace(_FIRST, since=at, tried_at=at, key=f"k{minutes}")


def test_an_outage_is_told_once(tmp_path: Path) -> None:
    """The first task tells, and keeps the time; those of the next hour are silent."""
    noted = spool.note(tmp_path / "untold", _FIRST)
    assert noted is not None
    spool.told(tmp_path / "untold", noted, subject="s")

    assert [None] * 12 == [spool.note(tmp_path / "untold", _later(5 * n)) for n in range(1, 13)]
    ((_, kept),) = spool.all_noted(tmp_path / "untold")
    assert replace(_FIRST, subject="s", told_at=_NOW) == kept


def test_of_tasks_that_fail_at_once_one_tells(tmp_path: Path) -> None:
    """Mapped tasks of one run meet the outage in the same second."""
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: spool.note(tmp_path, _FIRST), range(64)))

    assert 1 == sum(one is not None for one in told)


def test_who_died_over_it_is_followed_by_another(tmp_path: Path) -> None:
    """Nobody was told: after some minutes the next one tells, of the same beginning."""
    spool.note(tmp_path, _FIRST)

    assert spool.note(tmp_path, _later(2)) is None
    again = spool.note(tmp_path, _later(5))
    assert again is not None
    assert ("k", _NOW) == (again.key, again.since)
    assert spool.note(tmp_path, _later(6)) is None


def test_a_file_that_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    """Half a file of a full disk hides nothing; rather told twice than never."""
    spool.note(tmp_path, _FIRST)
    next(tmp_path.glob("*.json")).write_text("{", encoding="utf-8")

    assert [] == list(spool.all_noted(tmp_path))
    assert spool.note(tmp_path, _later(1)) is not None
    assert 1 == len(list(spool.all_noted(tmp_path)))
    assert [] == [path for path in tmp_path.iterdir() if path.suffix != ".json"]
