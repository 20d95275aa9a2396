"""The main job from start to end, as `make demo` does it: a real server, a real scheduler, the bad morning."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(1200)
def test_the_demo_corrects_the_bad_morning_takes_it_back_and_corrects_it_again(tmp_path: Path) -> None:
    """45 wrong calls become none outside the queue; nothing changes twice; undo restores every row."""
    var = tmp_path / "v"
    environment = {**os.environ, "CONSISTENCY_VAR": str(var)}

    done = subprocess.run(
        [sys.executable, "-m", "data_consistency", "demo", "run"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1100,
    )

    assert 0 == done.returncode, done.stdout[-4000:] + done.stderr[-2000:]
    summary = json.loads((var / "demo" / "summary.json").read_text(encoding="utf-8"))
    assert (173, 45) == (summary["calls"], summary["wrong_before"])
    assert 44 <= summary["corrected"]
    assert 1 == summary["in_review"]
    assert 1 == summary["candidates"]
    assert 0 == summary["wrong_after"]
    assert 0 == summary["second_run_changes"]
    assert (45, 0, 0) == (summary["wrong_after_undo"], summary["rows_not_restored"], summary["wrong_after_rerun"])
    assert (1, 1, 1) == tuple(
        summary[name] for name in ("breaker_refused", "breaker_recovered", "false_bookings_taken_back")
    )
    assert 1 == summary["taken_back_by_hint"]
    assert " s after the hint" in done.stdout
    assert 3 == summary["calendar_differences"]
    assert (1, 2, 0) == tuple(summary[name] for name in ("move_is_one_question", "seats_seen", "seat_findings"))
    assert "was moved in the calendar to " in done.stdout
    assert " seats: nothing is found, and nobody is asked\n" in done.stdout
    assert 1 <= summary["mails"]
    assert Path(summary["report"]).is_file()
    assert [] == summary["missed"]
    assert "consistency incident approve" in done.stdout
    assert "consistency report --day" in done.stdout
    assert str(var / "demo" / "summary.json") in done.stdout
    assert f"{var / 'demo' / 'consistency'} doctor" in done.stdout
    assert "consistency airflow up --demo\n" in done.stdout
    log = (var / "demo" / "log" / "data-consistency.log").read_text(encoding="utf-8")
    for line in ("Running data consistency check...", "Found: ", " inconsistencies", "Daily data consistency report"):
        assert line in log
