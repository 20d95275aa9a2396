"""What a report leaves in its folder: pages by day and language, their links, the document for machines."""

import json
import re
from datetime import timedelta
from pathlib import Path

from data_consistency import report
from data_consistency.report.period import period_of
from tests.report_figures import BERLIN, DAY, figures


def test_write_keeps_every_day(tmp_path: Path) -> None:
    """Each day has its page and document; the newest is also where people look."""
    for back in (1, 0, 2):
        report.write(figures(period=period_of(DAY - timedelta(days=back), BERLIN)), tmp_path)

    newest = (tmp_path / report.PAGE).read_text()
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {"companies", "index.html", "index.de.html", "latest.html", "latest.de.html"} | {
        f"2025-10-{n}.{kind}" for n in (18, 19, 20) for kind in ("html", "de.html", "json")
    }
    assert "Data consistency, Monday, 2025-10-20" in newest
    assert 'href="reports/2025-10-18.html"' not in newest  # written later, when the newest was not rewritten
    assert json.loads((tmp_path / "report.json").read_text())["period"]["day"] == "2025-10-20"
    assert (tmp_path / "reports" / "index.html").read_text().count("<li>") == 3
    assert {path.name for path in (tmp_path / "reports" / "companies").iterdir()} == {
        f"{name}{end}" for name in ("1", "none") for end in (".html", ".de.html")
    }


def test_write_links_what_exists(tmp_path: Path) -> None:
    """Every link of the pages leads to a file of the site."""
    (tmp_path / "index.html").touch()
    for back in (1, 0):
        report.write(figures(period=period_of(DAY - timedelta(days=back), BERLIN)), tmp_path)

    pages = list(tmp_path.rglob("*.html"))
    links = [
        (file, link) for file in pages for link in re.findall(r'href="([^"#]+)"', file.read_text()) if link != "data:,"
    ]
    assert len(links) > 20
    assert [(file, link) for file, link in links if not (file.parent / link).is_file()] == []


def test_write_forgets_the_oldest(tmp_path: Path) -> None:
    """The number of kept days is bounded."""
    for back in (2, 1, 0):
        report.write(figures(period=period_of(DAY - timedelta(days=back), BERLIN)), tmp_path, keep=2)

    assert not (tmp_path / "reports" / "2025-10-18.html").exists()
    assert not (tmp_path / "reports" / "2025-10-18.json").exists()
    assert (tmp_path / "reports" / "2025-10-19.html").exists()


def test_document_says_the_same_for_machines(tmp_path: Path) -> None:
    """Machines get plain numbers and times with their offset."""
    report.write(figures(), tmp_path)

    document = json.loads((tmp_path / "report.json").read_text())
    assert document["version"] == 2
    assert document["period"] == {
        "day": "2025-10-20",
        "start": "2025-10-20T00:00:00+02:00",
        "end": "2025-10-21T00:00:00+02:00",
        "timezone": "Europe/Berlin",
    }
    assert document["consistency"] == {
        "live": {"rate": 0.98615, "entities_checked": 361, "entities_inconsistent": 5},
        "day": {"rate": 0.975069, "entities_checked": 361, "entities_inconsistent": 9},
    }
    assert document["companies"][1]["live"] == {
        "rate": None, "entities_checked": 0, "entities_inconsistent": 0,
    }  # fmt: skip
    assert document["findings"]["open"] == {"critical": 0, "warning": 2, "info": 0}
    assert document["detection_latency"] == {
        **{"findings": 3, "median_seconds": 125, "p95_seconds": 290, "unwatched": 4},
    }
    assert document["review"]["oldest"] == "2025-10-18T00:05:00+02:00"
    assert document["rule_set"] == figures().rule_set
    assert document["rule_changes"][0]["at"] == "2025-10-20T17:05:00+02:00"
    assert document["in_shadow"][0]["would_correct"] == 28
    assert document["top_issues"] == ["call_direction_present"]
