"""The report: what it says, for people and machines, and that nothing in it can break out."""

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency import report
from data_consistency.report import page, wording
from data_consistency.report.figures import (
    CompanyFigures,
    Figures,
    Mails,
    OfRule,
    Problem,
    Rate,
    Review,
    RuleChange,
    RuleFigures,
    Shadow,
    Silent,
    Waiting,
)
from data_consistency.report.happened import ChangedRun, Turn
from data_consistency.report.period import period_of
from data_consistency.report.standing import Needs, TrendPoint
from data_consistency.report.times import Times, ages_of, times_of
from data_consistency.report.wording import LANGUAGES, Words

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
        "fixed": 1,
        "open": 2,
        "in_review": 0,
        "violations": 2,
        "rows_checked": 173,
        **values,
    }
    return RuleFigures(**fields)  # type: ignore[arg-type]  # fields of one test


def company(company_id: int | None, name: str, *, checked: int = 361, inconsistent: int = 5) -> CompanyFigures:
    """A company with one open finding, where it has rows."""
    some = int(checked > 0)
    return CompanyFigures(
        company_id=company_id,
        name=name,
        live=Rate(company_id=company_id, checked=checked, inconsistent=inconsistent),
        day=Rate(company_id=company_id, checked=checked, inconsistent=inconsistent),
        found=some,
        corrected=0,
        fixed=0,
        open=some,
        rules={"call_direction_present": OfRule(found=1, open=1)},
        trend=(TrendPoint(day=DAY, violations=1),),
    )


def figures(text: str = "K", **values: object) -> Figures:
    """A day with something in every part; `text` stands wherever a text can stand."""
    fields: dict[str, object] = {
        "period": period_of(DAY, BERLIN),
        "generated_at": NOW,
        "run_id": text,
        "source": "",
        "live": Rate(company_id=None, checked=361, inconsistent=5),
        "day": Rate(company_id=None, checked=361, inconsistent=9),
        "companies": (
            company(1, text or "K"),
            company(None, "", checked=0, inconsistent=0),
        ),
        "entities": {"call": 173, "appointment": 73, "customer": 115},
        "rules": (rule(description=text, mode=text, catalogue=text, table=text), rule("quiet", **_QUIET)),
        "runs": (ChangedRun(run_id=f"{text}-run", last_at=NOW, rules=((text, 3, 1),)),),
        "undone": 0,
        "latency": Times(findings=3, median_seconds=125, p95_seconds=290, unwatched=4),
        "mends": Times(findings=2, median_seconds=60, p95_seconds=3_600),
        "ages": ages_of(
            [{"hours": 0, "findings": 1, "ongoing": 0}, {"hours": 30, "findings": 1, "ongoing": 1}],
        ),
        "needs": Needs(questions=2, plans=1, breakers=(text,)),
        "turns": (
            Turn(
                service=text,
                company_id=1,
                old_state="closed",
                new_state="open",
                reason=text,
                at=NOW - timedelta(hours=9),
            ),
        ),
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


_QUIET: dict[str, object] = {"found": 0, "corrected": 0, "fixed": 0, "open": 0, "violations": 0}


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


def test_page_says_both_rates_with_their_denominators() -> None:
    """How it stands now and how the day was are two figures, and neither stands without what it was counted of."""
    text = Elements(page.render(figures())).text

    assert "98.61 % 5 of 361 rows looked at" in text
    assert "97.50 % 9 of 361 rows were found wrong that day" in text
    assert "173 calls, 73 appointments, 115 customers" in text


def test_what_is_open_adds_up_with_what_is_in_review() -> None:
    """The severities below a figure are of the rows that it counts."""
    found = figures(rules=(rule(open=2, in_review=1), rule("other", severity="critical", open=0, in_review=4)))

    text = page.render(found)

    assert 7 == found.open
    assert "4 critical, 3 warning, 0 info" in text


def test_page_begins_with_a_sentence_and_what_waits() -> None:
    """What was found, what was corrected and what needs somebody come before every figure; what is not known too."""
    text = Elements(page.render(figures("reason given"))).text

    order = [
        *("3 found, 3 corrected, 3 need you", "2 questions to answer consistency queue list", "1 stopped correction"),
        *("1 rule was not evaluated.", "2 mails not delivered", "98.61 %"),
    ]
    assert sorted(order, key=text.index) == order
    assert "the oldest for 1 h 30 min" in text
    assert "1 rule: reason given" in text


def test_page_says_how_long_things_take() -> None:
    """Until a fault was found, since the row changed; until it was mended; how long others last."""
    text = Elements(page.render(figures())).text

    assert "Time to detect 2 min 5 s median; 95 % within 4 min 50 s 4 were wrong before we watched" in text
    assert "Time to mend 1 min median; 95 % within 1 h" in text
    assert "Open for 0 s median; the oldest for 1 d 6 h" in text
    assert "Ongoing 1 open now" in text


@pytest.mark.parametrize(("source", "typed"), [("", ""), ("shop", " --source shop")])
def test_page_says_the_way_back_as_it_is_typed(source: str, typed: str) -> None:
    """Commands name the database where there are several; what an id holds cannot become another command."""
    text = Elements(page.render(figures("run; rm", source=source))).text

    assert f"consistency{typed} undo --run 'run; rm-run'" in text
    assert f"consistency{typed} incident show 7" in text


@pytest.mark.parametrize("base", [None, "javascript:alert(1)", "https://airflow.example.org/"])
def test_page_leads_to_the_live_pages_where_they_are_known(base: str | None) -> None:
    """Links of a file that has no network of its own are made of what people gave as Airflow's address alone."""
    links = re.findall(r'href="([^"]+)"', page.render(figures(base_url=base)))

    wanted = ["https://airflow.example.org/consistency/default/items"] if base and base.startswith("https") else []
    assert [link for link in links if link.endswith("/items")] == wanted
    assert not any("javascript" in link for link in links)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything_with_the_same_values(language: str) -> None:
    """No word is missing or left over, the places for values are the same, and pages use only words that there are."""
    english, said = wording.read("en"), wording.read(language)
    templates = "".join(path.read_text() for path in (Path(page.__file__).parent / "templates").glob("*.j2"))
    used = set(re.findall(r"\bt\('(\w+)'[,)]", templates))
    many = set(re.findall(r"\bt\.many\('(\w+)'[,)]", templates)) | set(
        re.findall(r"parts\.wait\([^']*'(\w+)'", templates)
    )

    places = {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in english.items() if not key.endswith("_one")}
    assert set(said) == set(english)
    assert {key: sorted(re.findall(r"{(\w+)}", said[key])) for key in places} == places
    assert used | {f"{key}_{end}" for key in many for end in ("one", "many")} <= set(english)


def test_page_speaks_german() -> None:
    """Words, problem and numbers are those of its readers, and each page leads to its other language."""
    words = {"problem": Problem(en="calls without direction", de="Anrufe ohne Richtung")}
    text = page.render(figures(rules=(rule(**words),)), [DAY], "../", "de")

    assert '<html lang="de">' in text
    assert "3 gefunden, 3 korrigiert" in text
    assert "Anrufe ohne Richtung." in text
    assert "98,61\u00a0%" in text
    assert 'href="2025-10-20.html" lang="en"' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_of_a_large_house_stays_small(language: str) -> None:
    """Below 300 kB, however many companies, rules, runs and turns of breakers there are."""
    line = tuple(TrendPoint(day=DAY - timedelta(days=back), violations=9_999) for back in range(29, -1, -1))
    name = "a_rule_with_a_rather_long_name_number"
    companies = [replace(company(n, f"A company of some name {n}"), trend=line) for n in range(1, 1_001)]
    large = figures(
        rules=tuple(rule(f"{name}_{n}", trend=line) for n in range(300)),
        companies=tuple(companies),
        runs=tuple(
            ChangedRun(run_id=f"check__20251020T000000_{n:06}", last_at=NOW, rules=((name, 5, 0),) * 20)
            for n in range(288)
        ),
        turns=figures().turns * 200,
        not_evaluated=tuple(Silent(rule=f"{name}_{n}", table="calls", reason="no calendar") for n in range(300)),
    )

    text = page.render(large, [DAY], "", language, is_newest=True)

    assert len(text.encode()) < 300_000
    assert text.count("reports/companies/") == page.MOST_COMPANIES


def test_page_of_a_fine_day_is_short() -> None:
    """Nothing to tell is told in few words."""
    fine = figures(
        live=Rate(company_id=None, checked=361, inconsistent=0),
        day=Rate(company_id=None, checked=361, inconsistent=0),
        runs=(),
        needs=Needs(),
        turns=(),
        mends=times_of([]),
        ages=ages_of([]),
        rules=(rule(**_QUIET),),
        latency=times_of([]),
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

    assert "Nothing was found, and nothing needs you." in text
    assert "100.00 %" in text
    assert "Nothing was corrected that day." in text
    assert "Nothing is open." in text
    assert "No rule found anything." in text
    assert "No full check in this time." in text
    assert "2 changes taken back" in text
    assert "waiting for a decision" not in text
    assert "not delivered" not in text
    assert "Rule changes" not in text
    assert "In shadow" not in text


def test_page_shows_what_was_promoted_and_what_waits() -> None:
    """From where to where a rule changed, and what people need to promote one from shadow; the rules by their hash."""
    text = Elements(page.render(figures("call_status"))).text

    assert "call_status shadow (aaaaaaaaaaaa) call_status (bbbbbbbbbbbb) 2025-10-20 17:05 CEST" in text
    assert "added new shadow (cccccccccccc)" in text
    assert "call_status (call_status) 12 30 28 2" in text
    assert f"young d (calls) {' '.join([Words('en').count(None)] * 4)}" in text
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
    assert text.count("<table") == text.count("<thead>")
    assert not re.search(r"<th(?![^>]*scope=)", text.replace("<thead", ""))
    assert text.count("<svg") == len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]+"', text))


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
