"""The pages of a report: what they say, in both languages, and that nothing in them can break out."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.phrases import LANGUAGES, read
from data_consistency.report import page, wording
from data_consistency.report.figures import (
    Mails,
    Problem,
    Rate,
    Review,
    Silent,
)
from data_consistency.report.happened import ChangedRun
from data_consistency.report.standing import Needs, TrendPoint
from data_consistency.report.times import ages_of, times_of
from data_consistency.report.wording import Words
from tests.report_figures import DAY, NOW, QUIET, company, figures, rule

HOSTILE = "</p><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


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
    english, said = read(wording.FOLDER, "en"), read(wording.FOLDER, language)
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
        rules=(rule(**QUIET),),
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
