"""The review pages in a real browser: on a desk and on a phone, by day and by night, by keyboard, without a script."""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.servers import private
from data_consistency import pipeline, runtime
from data_consistency.review import decisions
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime
from data_consistency.web.pages.app import create_app
from tests import past
from tests.chromium import UNREADABLE, serious
from tests.pages import FakeHouse
from tests.patience import PATIENCE
from tests.schemas import drop_schema

_SCHEMA = "dc_test_review_pages"
_EVERY = [(width, scheme) for width in (1400, 800, 390) for scheme in ("light", "dark")]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The pages on a port, over the bad morning after its first check."""

    url: str
    rt: Runtime
    house: FakeHouse


@pytest.fixture(scope="module")
def site(database_server: private.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """People are asked about what the corrections of the bad morning refuse, and about one company that wants none."""
    database_server.create_schema(_SCHEMA)
    rt = runtime.build(
        {
            "CONSISTENCY_DB_URL": database_server.url(_SCHEMA),
            "CONSISTENCY_VAR": str(tmp_path_factory.mktemp("var")),
            "CONSISTENCY_DRY_RUN": "false",
            "CONSISTENCY_OPTED_OUT_COMPANIES": "1",
        }
    )
    load_demo(rt.engine, rt.now())
    past.give_history(rt)
    pipeline.begin(rt, "run-1", "check", "test")
    for table in rt.suites():
        pipeline.check_table(rt, table=table, run_id="run-1", kind="full")
        pipeline.correct_table(rt, table=table, run_id="run-1", actor="test")
    pipeline.fill_review_queue(rt, run_id="run-1")
    past.tell_breaker(rt)
    past.leave_message(rt)
    house = FakeHouse(runtimes={"default": rt}, person=Viewer(name="ann", role=Role.ADMIN))
    # Who comes before the server waits at its door: the address is open already.
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Site(url=f"http://127.0.0.1:{listener.getsockname()[1]}", rt=rt, house=house)
    server.should_exit = True
    thread.join(PATIENCE)
    listener.close()
    rt.engine.dispose()
    drop_schema(database_server, _SCHEMA)


def _open(browser: Browser, width: int, scheme: str, language: str = "en") -> tuple[Page, list[str]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        locale={"en": "en-GB", "de": "de-DE"}[language],
        java_script_enabled=True,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    return page, complaints


@pytest.mark.parametrize(("width", "scheme"), _EVERY)
def test_every_page_can_be_read(browser: Browser, site: Site, tmp_path: Path, width: int, scheme: str) -> None:
    """Nothing is cut off, nothing is loaded from elsewhere, contrast holds, every control has a name."""
    pictures = Path(os.environ.get("TEST_PICTURES") or tmp_path)
    page, complaints = _open(browser, width, scheme, "de" if width == 800 else "en")
    items = decisions.list_questions(site.rt, site.house.person, limit=500)  # type: ignore[arg-type]
    fix = next(item for item in items if item.proposal)
    question = next((item for item in items if not item.proposal), items[-1])
    incidents = decisions.list_incidents(site.rt)
    paths = {
        "list": "/default/items",
        "fix": f"/default/items/{fix.id}",
        "question": f"/default/items/{question.id}",
        "incidents": "/default/incidents",
        "incident": f"/default/incidents/{incidents[0].id}" if incidents else "/default/incidents",
        "missing": "/default/items/999999999",
        "state": "/default/state",
        "rules": "/default/rules",
        "rule": "/default/rules/call_direction_present",
        "runs": "/default/runs",
        "run": "/default/run?id=run-1",
        "services": "/default/services",
        "panel": "/panel",
        "choice": "/",
    }
    site.house.runtimes = {"default": site.rt, "clinic": site.rt}
    for name, path in paths.items():
        page.goto(site.url + path)
        page.screenshot(
            path=pictures / f"review-{name}-{width}-{scheme}.png", full_page=name not in {"list", "incident", "rules"}
        )

        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert [] == page.evaluate(UNREADABLE), path
        assert [] == serious(page), path
    # The browser itself says that a page is missing.
    assert [] == [one for one in complaints if "404" not in one]


def test_an_item_is_cleared_in_two_clicks(browser: Browser, site: Site) -> None:
    """By mouse, from the list: the item, approve."""
    page, complaints = _open(browser, 1400, "light")
    page.goto(f"{site.url}/default/items?rule=call_direction_present")

    page.locator("td.id a").first.click()
    page.get_by_role("button", name="Approve", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("Approved: the values are written.")
    assert [] == complaints


def test_an_item_is_cleared_by_keyboard(browser: Browser, site: Site) -> None:
    """Tab and Enter alone; the focus is always seen, and no tick or key decides anything by itself."""
    page, _ = _open(browser, 1400, "light")
    page.goto(f"{site.url}/default/items?rule=call_direction_present")

    _tab_to(page, "td.id a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/*")
    _tab_to(page, "button.main")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Approved")
    assert "solid" == outline


def test_several_items_on_a_phone(browser: Browser, site: Site, tmp_path: Path) -> None:
    """Ticked, counted, typed; a page without any script does it, and can be read."""
    page, _ = _open(browser, 390, "dark")
    page.goto(f"{site.url}/default/items")
    for box in page.locator("td.pick input").all()[:3]:
        box.check()
    page.get_by_label("Take it").check()
    page.get_by_role("button", name="Continue").click()

    page.screenshot(path=Path(os.environ.get("TEST_PICTURES") or tmp_path) / "review-bulk-390-dark.png", full_page=True)
    assert [] == page.evaluate(UNREADABLE) + serious(page)
    page.get_by_label("Type 3 to confirm").fill("3")
    page.get_by_role("button", name="Take it").click()

    expect(page.get_by_role("status")).to_contain_text("3 of 3 done.")
    assert 0 == page.locator("script").count()


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(selector)
