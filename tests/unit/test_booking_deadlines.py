"""The worst answer times: one number each in the service, on the page for callers, and in the examples."""

import re
from pathlib import Path

from data_consistency.web import arrival, deadlines, size_limit

_ROOT = Path(__file__).resolve().parents[2]


def test_what_the_page_promises_is_held_and_waited_for() -> None:
    """Callers wait a little longer than the service takes, so that its answer is theirs."""
    page = (_ROOT / "docs" / "booking-guard-calls.md").read_text()
    promised = re.findall(r"^\| (.+?) \| (\d+) s; .* \| (\d+) s \|$", page, re.MULTILINE)
    worst = [*deadlines.WORST_SECONDS.values(), deadlines.OTHER_SECONDS]

    assert worst == [float(seconds) for _, seconds, _ in promised]
    assert f"within {arrival.SECONDS:g} seconds and a body within {size_limit.SECONDS:g}\n(408)" in page
    assert f"more than {arrival.MOST} heads" in page
    for name in ("booking_path.py", "booking_path.php"):
        example = (_ROOT / "examples" / name).read_text()
        for _, seconds, wait in promised:
            assert int(wait) > int(seconds)
            assert re.search(rf"\b{wait}\.0\b", example), (name, wait)
