"""Data docs and report in a real browser, opened from the disk, without the internet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.servers import private
from data_consistency import pipeline, runtime
from data_consistency.project import shipped
from data_consistency.rules import load_suites
from tests.chromium import UNREADABLE, serious
from tests.schemas import drop_schema


@dataclass(kw_only=True)
class Visit:
    """A page with everything it complained about and asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    remote: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site(database_server: private.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site of the bad morning after its first night."""
    schema = "dc_test_report_pages"
    database_server.create_schema(schema)
    folder = tmp_path_factory.mktemp("var")
    rt = runtime.build({"CONSISTENCY_DB_URL": database_server.url(schema), "CONSISTENCY_VAR": str(folder)})
    load_demo(rt.engine, rt.now())
    pipeline.begin(rt, "daily-1", "report", "test")
    pipeline.daily_report(rt, run_id="daily-1")
    yield folder / "data_docs"
    rt.engine.dispose()
    drop_schema(database_server, schema)


def visit(browser: Browser, path: Path, *, width: int = 1280, scheme: str = "light") -> Visit:
    """Open a file and note errors, failed requests and requests to anywhere else."""
    page = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    ).new_page()
    seen = Visit(page=page)
    page.on("console", lambda message: seen.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:")) else seen.remote.append(request.url),
    )
    page.goto(path.as_uri(), wait_until="networkidle")
    return seen


def test_index_lists_the_validations(browser: Browser, site: Path) -> None:
    """The table of the index is made by scripts: it is there, and its rows lead to the results."""
    seen = visit(browser, site / "index.html")

    rows = seen.page.locator("table tbody tr:visible")
    rows.first.wait_for()
    assert rows.count() == len(load_suites(shipped()))
    assert "daily-1" in rows.first.inner_text()
    assert (seen.complaints, seen.remote) == ([], [])


def test_index_leads_to_the_report_and_back(browser: Browser, site: Path) -> None:
    """Data docs and report are one site."""
    seen = visit(browser, site / "index.html")

    seen.page.get_by_role("link", name="Daily report").click()
    title = seen.page.title()
    seen.page.get_by_role("link", name="Data docs").click()

    assert title.startswith("Consistency report")
    assert seen.page.url.endswith("/index.html")
    assert (seen.complaints, seen.remote) == ([], [])


def test_validation_page_shows_rules_in_words(browser: Browser, site: Path) -> None:
    """Sentence, rule, severity, count and share; filtered and searched by scripts that are there."""
    result = next((site / "validations" / "calls").rglob("*.html"))
    seen = visit(browser, result)

    row = seen.page.locator("tr", has_text="call_direction_present")
    words = row.inner_text()
    seen.page.get_by_text("Failed Only").click()
    seen.page.locator("tr", has_text="linked_customer_exists").wait_for(state="hidden")
    assert "Every call has a direction." in words
    assert "warning" in words
    assert "29 of 173 rows (16.76\u00a0%)" in words
    assert (
        seen.page.locator("i.fa-times").first.evaluate("icon => getComputedStyle(icon).fontFamily").startswith('"Font')
    )
    assert (seen.complaints, seen.remote) == ([], [])


_LANGUAGES = {"en": "consistency-report.html", "de": "consistency-report.de.html"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 800, 390])
def test_every_page_can_be_read(browser: Browser, site: Path, width: int, scheme: str) -> None:
    """On a desk and on a phone, by day and by night: nothing is cut off, nothing is loaded, contrast and names hold."""
    pages = [
        *(site / name for name in _LANGUAGES.values()),
        *(site / "reports" / name for name in ("index.html", "index.de.html", "latest.html")),
        next((site / "reports" / "companies").glob("*.html")),
        site / "index.html",
        next((site / "validations" / "appointments").rglob("*.html")),
        site / "expectations" / "appointments.html",
    ]
    for path in pages:
        seen = visit(browser, path, width=width, scheme=scheme)

        assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert seen.page.evaluate("document.documentElement.lang"), path
        assert (seen.complaints, seen.remote) == ([], []), path
        assert serious(seen.page) == [], path
        if "consistency-report" in path.name or "reports" in path.parts:
            assert seen.page.evaluate(UNREADABLE) == [], path
        seen.page.context.close()


@pytest.mark.parametrize("language", sorted(_LANGUAGES))
def test_report_fits_on_paper(browser: Browser, site: Path, language: str) -> None:
    """Printed, nothing stands beyond the edge of the paper, and the tables are tables."""
    seen = visit(browser, site / _LANGUAGES[language], width=718)
    seen.page.emulate_media(media="print")

    beyond = seen.page.evaluate(
        "[...document.querySelectorAll('main *')].filter(one => one.checkVisibility()"
        " && one.getBoundingClientRect().right > window.innerWidth + 0.5).map(one => one.outerHTML.slice(0, 90))"
    )
    assert beyond == []
    assert seen.page.locator(".stack thead").first.is_visible()


def test_the_first_screen_of_the_report_says_what_waits(browser: Browser, site: Path) -> None:
    """Sentence and decisions are seen without scrolling, also on a phone."""
    seen = visit(browser, site / "consistency-report.html", width=390)

    box = seen.page.locator(".lead").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 800
    assert "found" in seen.page.locator("#said").inner_text()
    assert seen.page.locator("details[open]").count() <= 1


def test_data_docs_tell_silence_from_failure(browser: Browser, site: Path) -> None:
    """Without a calendar nothing of its rules failed: index and page say that they were not evaluated."""
    seen = visit(browser, site / "index.html")
    row = seen.page.locator("tbody tr", has_text="consistency_calcom_bookings").first
    row.wait_for()
    page = visit(browser, next((site / "validations" / "consistency_calcom_bookings").rglob("*.html"))).page

    assert row.locator(".fa-times").count() == 0
    assert row.locator(".fa-exclamation-triangle").count() == 1
    assert "Nothing failed" in page.locator("body").inner_text()
