"""The report: what it says, for people and machines, and that nothing in it can break out."""

import json
import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency import report
from data_consistency.report import page, wording
from data_consistency.report.counting import latency_of
from data_consistency.report.figures import (
    Figures,
    Latency,
    Mails,
    Rate,
    Review,
    RuleChange,
    RuleFigures,
    Shadow,
    Silent,
    TrendPoint,
    Waiting,
)
from data_consistency.report.period import period_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2025, 10, 20)
NOW = datetime.fromisoformat("2025-10-21T00:05")  # UTC, naive
HOSTILE = "</p><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def rule(name: str = "call_direction_present", **values: object) -> RuleFigures:
    """One rule with two open findings."""
    fields: dict[str, object] = {
        "rule": name,
        "catalogue": "K-01",
        "severity": "warning",
        "mode": "correct",
        "table": "calls",
        "description": "Every call has a direction.",
        "found": 3,
        "corrected": 1,
        "resolved": 0,
        "open": 2,
        "in_review": 0,
        "violations": 2,
        "rows_checked": 173,
        **values,
    }
    return RuleFigures(**fields)  # type: ignore[arg-type]  # fields of one test


def figures(text: str = "K", **values: object) -> Figures:
    """A day with something in every part; `text` stands wherever a text can stand."""
    fields: dict[str, object] = {
        "period": period_of(DAY, BERLIN),
        "generated_at": NOW,
        "run_id": text,
        "total": Rate(company_id=None, checked=361, inconsistent=5),
        "companies": (
            Rate(company_id=1, checked=361, inconsistent=5),
            Rate(company_id=None, checked=0, inconsistent=0),
        ),
        "entities": {"call": 173, "appointment": 73, "customer": 115},
        "rules": (rule(description=text, mode=text, catalogue=text, table=text), rule("quiet", **_QUIET)),
        "corrected": 1,
        "undone": 0,
        "latency": Latency(findings=3, median_seconds=125, p95_seconds=290),
        "review": Review(pending=2, in_progress=1, oldest=NOW - timedelta(days=3, hours=2), opened=2, decided=1),
        "not_evaluated": (Silent(rule=text, table=text, reason=text),),
        "incidents": (
            Waiting(
                id=7,
                kind=text,
                rule=text,
                table=text,
                found=90,
                cap=25,
                detail=text,
                opened_at=NOW - timedelta(hours=1),
            ),
        ),
        "mails": Mails(pending=1, failed=1, oldest=NOW - timedelta(minutes=90)),
        "trend": tuple(
            TrendPoint(day=DAY - timedelta(days=back), violations=None if back == 5 else back)
            for back in range(13, -1, -1)
        ),
        "rule_set": "5e7" * 21 + "a",
        "changes": (
            RuleChange(
                rule=text,
                table=text,
                mode_before="shadow",
                mode=text,
                fingerprint_before="a" * 64,
                fingerprint="b" * 64,
                at=NOW - timedelta(hours=9),
            ),
            RuleChange(
                rule="added",
                table="calls",
                mode_before=None,
                mode="shadow",
                fingerprint_before=None,
                fingerprint="c" * 64,
                at=NOW - timedelta(hours=8),
            ),
        ),
        "shadow": (
            Shadow(rule=text, table=text, description=text, days=12, found=30, would_correct=28, would_refuse=2),
            Shadow(
                rule="young",
                table="calls",
                description="d",
                days=None,
                found=None,
                would_correct=None,
                would_refuse=None,
            ),
        ),
        **values,
    }
    return Figures(**fields)  # type: ignore[arg-type]  # fields of one test


_QUIET: dict[str, object] = {"found": 0, "corrected": 0, "open": 0, "violations": 0}


class Elements(HTMLParser):
    """Names of all elements and attributes of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names += [tag, *(f"{tag}.{name}" for name, _ in attrs)]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, with single spaces."""
        return " ".join(" ".join(self.words).replace("\u202f", " ").replace("\u00a0", " ").split())


@given(text=st.one_of(st.just(HOSTILE), st.text()))
def test_page_cannot_be_broken_out_of(text: str) -> None:
    """Whatever a text holds, the page has the same elements and attributes."""
    plain, other = Elements(page.render(figures())), Elements(page.render(figures(text)))

    assert other.names == plain.names
    assert "script" not in other.names


def test_page_says_the_rate_with_its_denominator() -> None:
    """The rate never stands without what it was counted of."""
    text = Elements(page.render(figures())).text

    assert "98.61 % 5 of 361 entities checked" in text
    assert "173 calls, 73 appointments, 115 customers" in text


def test_page_says_what_is_not_known_first() -> None:
    """Silence, incidents and lost mails come before the figures."""
    text = Elements(page.render(figures("reason given"))).text

    order = ["1 rule not evaluated.", "1 incident waiting", "2 mails not delivered", "Consistency rate"]
    assert sorted(order, key=text.index) == order
    assert "the oldest for 1 h 30 min" in text
    assert "reason given" in text


def test_page_of_a_fine_day_is_short() -> None:
    """Nothing to tell is told in few words."""
    fine = figures(
        total=Rate(company_id=None, checked=361, inconsistent=0),
        rules=(rule(**_QUIET),),
        latency=latency_of([]),
        review=Review(pending=0, in_progress=0, oldest=None, opened=0, decided=0),
        not_evaluated=(),
        incidents=(),
        mails=Mails(pending=0, failed=0, oldest=None),
        trend=(TrendPoint(day=DAY, violations=None),),
        undone=2,
        companies=(),
        changes=(),
        shadow=(),
    )

    text = Elements(page.render(fine)).text

    assert "100.00 %" in text
    assert "Nothing is open." in text
    assert "No rule found anything." in text
    assert "No full check in this time." in text
    assert "2 changes taken back" in text
    assert "waiting" not in text
    assert "not delivered" not in text
    assert "Rule changes" not in text
    assert "In shadow" not in text


def test_page_shows_what_was_promoted_and_what_waits() -> None:
    """From where to where a rule changed, and what people need to promote one from shadow; the rules by their hash."""
    text = Elements(page.render(figures("call_status"))).text

    assert "call_status shadow (aaaaaaaaaaaa) call_status (bbbbbbbbbbbb) 2025-10-20 17:05 CEST" in text
    assert "added new shadow (cccccccccccc)" in text
    assert "call_status (call_status) 12 30 28 2" in text
    assert f"young d (calls) {' '.join([wording.count(None)] * 4)}" in text
    assert f"Rule set {figures().rule_set}" in text


def test_page_loads_nothing() -> None:
    """One file: no script, no picture, no font, no address of another host."""
    text = page.render(figures(), [DAY])

    assert not re.search(r"https?://|//[a-z]|url\(|@import|<script|<img|<iframe", text)
    assert "default-src 'none'" in text


def test_page_is_readable_by_machines_that_read_aloud() -> None:
    """Tables name their columns and rows, the page its language, the picture its meaning."""
    text = page.render(figures())

    assert '<html lang="en">' in text
    assert text.count("<h1>") == 1
    assert text.count("<table>") == text.count("<thead>") == text.count('role="region"')
    assert not re.search(r"<th(?![^>]*scope=)", text.replace("<thead", ""))
    assert '<svg viewBox="0 0 280 48" role="img" aria-labelledby="trend">' in text


def test_write_keeps_every_day(tmp_path: Path) -> None:
    """Each day has its page and document; the newest is also where people look."""
    for back in (1, 0, 2):
        report.write(figures(period=period_of(DAY - timedelta(days=back), BERLIN)), tmp_path)

    newest = (tmp_path / report.PAGE).read_text()
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {"index.html", "latest.html"} | {
        f"2025-10-{n}.{kind}" for n in (18, 19, 20) for kind in ("html", "json")
    }
    assert "Data consistency, Monday, 2025-10-20" in newest
    assert 'href="reports/2025-10-18.html"' not in newest  # written later, when the newest was not rewritten
    assert json.loads((tmp_path / "report.json").read_text())["period"]["day"] == "2025-10-20"
    assert (tmp_path / "reports" / "index.html").read_text().count("<li>") == 3


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
    assert document["version"] == 1
    assert document["period"] == {
        "day": "2025-10-20",
        "start": "2025-10-20T00:00:00+02:00",
        "end": "2025-10-21T00:00:00+02:00",
        "timezone": "Europe/Berlin",
    }
    assert document["consistency"]["rate"] == pytest.approx(0.98615)
    assert document["consistency"]["companies"][1] == {
        "company_id": None, "rate": None, "entities_checked": 0, "entities_inconsistent": 0,
    }  # fmt: skip
    assert document["findings"]["open"] == {"critical": 0, "warning": 2, "info": 0}
    assert document["detection_latency"] == {"findings": 3, "median_seconds": 125, "p95_seconds": 290}
    assert document["review"]["oldest"] == "2025-10-18T00:05:00+02:00"
    assert document["rule_set"] == figures().rule_set
    assert document["rule_changes"][0]["at"] == "2025-10-20T17:05:00+02:00"
    assert document["in_shadow"][0]["would_correct"] == 28
    assert document["top_issues"] == ["call_direction_present"]


def test_rate_never_falls_below_zero() -> None:
    """Findings of rows that were deleted meanwhile do not make the rate negative."""
    assert Rate(company_id=1, checked=1, inconsistent=3).ratio == 0.0


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(1.0, "100.00\u00a0%"), (0.999999, "99.99\u00a0%"), (0.29, "29.00\u00a0%"), (None, "nothing checked")],
)
def test_percent_is_rounded_down(ratio: float | None, text: str) -> None:
    """100 % means all, not almost all."""
    assert wording.percent(ratio) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "\u2013"), (0, "0 s"), (59.9, "59 s"), (3_600, "1 h"), (93_784, "1 d 2 h")]
)
def test_duration_has_two_units(seconds: float | None, text: str) -> None:
    """A duration is as exact as a reader needs it."""
    assert wording.duration(seconds).replace("\u00a0", " ") == text


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 50)), unique_by=lambda pair: pair[0], min_size=1))
def test_latency_is_that_of_the_sorted_list(histogram: list[tuple[int, int]]) -> None:
    """Median and p95 of the histogram are those of all values written out."""
    histogram.sort()
    values = [seconds for seconds, many in histogram for _ in range(many)]

    latency = latency_of(histogram)

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
