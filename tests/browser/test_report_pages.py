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


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_report_page_is_readable(browser: Browser, site: Path, width: int, scheme: str) -> None:
    """On a desk and on a phone, by day and by night: nothing is cut off, nothing is loaded."""
    seen = visit(browser, site / "consistency-report.html", width=width, scheme=scheme)

    text = seen.page.locator("body").inner_text()
    ground = seen.page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert "of 361 entities checked" in text
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(20, 23, 28)")
    assert seen.page.locator("details[open]").count() == 0
    assert (seen.complaints, seen.remote) == ([], [])
