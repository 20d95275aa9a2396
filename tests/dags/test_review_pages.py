"""The review pages in a real Airflow: signed in by its own page, opened from its navigation, in a real browser.

The database is a connection that stands in Airflow's own database, as people make one on its pages.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, StorageState, expect

from consistency_sandbox.private_airflow import environment
from consistency_sandbox.private_airflow import server as airflow
from consistency_sandbox.private_airflow.client import sign_in
from consistency_sandbox.servers import private
from data_consistency import pipeline
from data_consistency.ledger.incidents import Incident
from data_consistency.project import shipped
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import chromium, people, worlds
from tests.patience import until
from tests.schemas import drop_schema

pytestmark = pytest.mark.timeout(1200)

_SCHEMA = "dc_test_airflow_pages"
_RULE = "call_direction_present"
_PAGES = "/consistency/default/items"
_PEOPLE = {environment.USER: "admin", "rita": "user", "vera": "viewer"}
_FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"


@dataclass(frozen=True, kw_only=True)
class World:
    """The running Airflow and the database that it watches."""

    airflow: airflow.Airflow
    rt: Runtime
    browser: Browser
    passwords: dict[str, str]
    pictures: Path
    sessions: dict[str, StorageState] = field(default_factory=dict)  # who has signed in

    def ask(self) -> tuple[int, int]:
        """A question with a proposal; ids of item and call."""
        call = worlds.add_call(self.rt.engine, direction=None)
        pipeline.begin(self.rt, f"r{call}", "check", "test")
        pipeline.check_table(self.rt, table="calls", run_id=f"r{call}", kind="full")
        pipeline.correct_table(self.rt, table="calls", run_id=f"r{call}", actor="test", rule_id=_RULE)
        items = decisions.list_questions(self.rt, people.ADMIN)
        return next(item.id for item in items if item.entity_id == call), call

    def plan(self) -> int:
        """An incident whose plan waits: more rows than a run may correct."""
        strict = worlds.runtime(self.rt.engine.url.render_as_string(hide_password=False), MAX_CORRECTIONS="1")
        calls = [worlds.add_call(strict.engine, direction=None) for _ in range(3)]
        pipeline.begin(strict, f"r{calls[0]}", "check", "test")
        pipeline.check_table(strict, table="calls", run_id=f"r{calls[0]}", kind="full")
        pipeline.correct_table(strict, table="calls", run_id=f"r{calls[0]}", actor="test", rule_id=_RULE)
        return decisions.list_incidents(strict)[-1].id

    def required_action(self, incident: int) -> tuple[str, dict[str, Any]]:
        """Path of the question that Airflow asks about a plan, and what it says, once it waits."""
        client = self.airflow.client()
        client.pause("consistency_approvals", paused=False)
        client.trigger("consistency_approvals")
        asked = until(lambda: self._asked(incident), 300)
        assert asked is not None
        return asked

    def _asked(self, incident: int) -> tuple[str, dict[str, Any]] | None:
        found = self.rest("GET", "/dags/~/dagRuns/~/hitlDetails?response_received=false", environment.USER).json()
        for one in found["hitl_details"]:
            ti = one["task_instance"]
            if f"(incident {incident}," in one["subject"] and ti["state"] == "awaiting_input":
                run = f"/dags/{ti['dag_id']}/dagRuns/{quote(ti['dag_run_id'], safe='')}"
                return f"{run}/taskInstances/{ti['task_id']}/{ti['map_index']}/hitlDetails", one
        return None

    def rest(self, method: str, path: str, user: str, body: object = None) -> httpx.Response:
        """A request to Airflow's own interface."""
        host = urlsplit(self.airflow.url)
        token = sign_in(str(host.hostname), int(host.port or 0), user, self.passwords[user]).token
        return httpx.request(
            method,
            f"{self.airflow.url}/api/v2{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    def decided(self, incident: int, status: str) -> Incident:
        """An incident, once it is what it is to become."""

        def as_wanted() -> Incident | None:
            found = decisions.show_incident(self.rt, incident, people.ADMIN).incident
            return found if found.status == status else None

        found = until(as_wanted, 180)
        assert found is not None
        return found

    def direction(self, call: int) -> object:
        """What stands in the row."""
        return worlds.row(self.rt.engine, "calls", call)["direction"]

    def sign_in(self, user: str) -> Page:
        """A browser of its own, signed in on Airflow's page: once each, since FAB lets in five in forty seconds."""
        context = self.browser.new_context(
            viewport={"width": 1400, "height": 900}, storage_state=self.sessions.get(user)
        )
        page = context.new_page()
        page.goto(self.airflow.url)
        if user not in self.sessions:
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", self.passwords[user])
            page.press("input[name=password]", "Enter")
            page.wait_for_url("**/", timeout=60_000)
            self.sessions[user] = context.storage_state()
        return page


@pytest.fixture(scope="module", params=["simple", "fab"])
def world(
    request: pytest.FixtureRequest, database_server: private.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Airflow with an administrator, a user who may answer, and one who may only look, under either auth manager."""
    database_server.create_schema(_SCHEMA)
    url = database_server.url(_SCHEMA)
    var = tmp_path_factory.mktemp("w")
    os.environ["CONSISTENCY_VAR"] = str(var)
    worlds.create(url)
    settings = {
        "CONSISTENCY_VAR": str(var),
        "CONSISTENCY_DRY_RUN": "false",
        "CONSISTENCY_OPTED_OUT_COMPANIES": "1,2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in _PEOPLE.items()),
    }
    if request.param == "fab":
        settings["AIRFLOW__CORE__AUTH_MANAGER"] = _FAB
        _add_people(var / "airflow", settings)
    started = airflow.start(var / "airflow", settings, shipped())
    rt = worlds.runtime(url, OPTED_OUT_COMPANIES="1,2")
    _make_connection(started, rt)
    passwords = json.loads(environment.password_file(var / "airflow").read_text(encoding="utf-8"))
    with chromium.launched() as browser:
        yield World(
            airflow=started,
            rt=rt,
            browser=browser,
            passwords=passwords,
            pictures=Path(os.environ.get("TEST_PICTURES") or var),
        )
    airflow.stop(var / "airflow")
    rt.engine.dispose()
    drop_schema(database_server, _SCHEMA)


def _add_people(home: Path, settings: dict[str, str]) -> None:
    """Users of FAB, which keeps them in Airflow's database."""
    home.mkdir(mode=0o700)
    env = environment.environment(home, environment.free_ports(1)[0], settings, shipped())
    secret = environment.password(home)
    passwords = dict.fromkeys(_PEOPLE, secret)
    environment.password_file(home).write_text(json.dumps(passwords), encoding="utf-8")
    commands = [
        ["db", "migrate"],
        # as docs/review-pages.md says: its roles do not see what plugins put into the navigation
        ["roles", "add-perms", "User", "Viewer", "--resource=Plugins", "--action=can_read"],
    ]
    for name, role in _PEOPLE.items():
        words = {"username": name, "password": secret, "role": role.title(), "firstname": name, "lastname": name}
        options = [f"--{word}={value}" for word, value in {**words, "email": f"{name}@example.org"}.items()]
        commands.append(["users", "create", *options])
    program = Path(sys.executable).with_name("airflow")
    for command in commands:
        done = subprocess.run([program, *command], cwd=home, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[:2]}: {done.stderr[-2000:]}"


def _make_connection(started: airflow.Airflow, rt: Runtime) -> None:
    url = rt.engine.url
    body = {
        "connection_id": "consistency_mysql",
        "conn_type": "mysql",
        "host": url.host,
        "port": url.port,
        "login": url.username,
        "password": url.password,
        "schema": url.database,
        "extra": json.dumps(dict(url.query)),
    }
    answer = httpx.post(
        f"{started.url}/api/v2/connections",
        json=body,
        headers={"Authorization": f"Bearer {started.client().token}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text


def _queue(page: Page) -> FrameLocator:
    """The list, opened from Airflow's navigation."""
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("menuitem", name="Review queue").click()
    page.wait_for_url("**/plugin/consistency-review**")
    return page.frame_locator("iframe")


def test_a_reviewer_clears_an_item_and_takes_it_back(world: World) -> None:
    """From the navigation: the item, claimed, approved; the row is corrected in the database, then as it was."""
    item, call = world.ask()
    page = world.sign_in("rita")
    frame = _queue(page)
    expect(frame.get_by_role("heading", name="Review queue")).to_be_visible(timeout=60_000)
    page.screenshot(path=world.pictures / "airflow-review-queue.png")

    frame.get_by_role("link", name=f"Item {item}", exact=True).click()
    frame.get_by_role("button", name="Take it").click()
    expect(frame.get_by_role("status")).to_contain_text("You work on this now.")
    before = world.direction(call)
    frame.get_by_role("button", name="Approve", exact=True).click()
    expect(frame.get_by_role("status")).to_contain_text("Approved: the values are written.")
    page.screenshot(path=world.pictures / "airflow-review-item.png")
    after = world.direction(call)
    who = worlds.execute(world.rt.engine, "SELECT actor, authority FROM consistency_corrections")
    frame.get_by_role("button", name="Take the change back").click()
    expect(frame.get_by_role("status")).to_contain_text("Taken back")

    assert (None, "inbound", None) == (before, after, world.direction(call))
    assert [("rita", "person")] == who


def test_the_home_page_says_what_waits_for_whom(world: World) -> None:
    """A panel of Airflow's own home page, whose links lead out of its frame; also for who may only look."""
    world.ask()
    for user in ("rita", "vera"):
        page = world.sign_in(user)
        frame = page.frame_locator("iframe[title='Data consistency']")
        waits = frame.get_by_role("link", name=re.compile(r"waits? for a reviewer"))

        expect(waits).to_be_visible(timeout=60_000)
        page.screenshot(path=world.pictures / f"airflow-home-{user}.png")
        frame.get_by_role("link", name="How the data stands").click()
        expect(page.get_by_role("heading", name="How the data stands")).to_be_visible(timeout=60_000)
        page.screenshot(path=world.pictures / f"airflow-state-{user}.png")


def test_who_comes_second_is_told_who_has_it(world: World) -> None:
    """Two people with the same item open: one decides, the other is told, and nothing is done twice."""
    item, call = world.ask()
    first, second = world.sign_in("rita"), world.sign_in(environment.USER)
    for page in (first, second):
        page.goto(f"{world.airflow.url}{_PAGES}/{item}")

    first.get_by_role("button", name="Take it").click()
    expect(first.get_by_role("status")).to_contain_text("You work on this now.")
    second.get_by_role("button", name="Approve", exact=True).click()

    expect(second.get_by_role("alert")).to_contain_text("by rita")
    assert None is world.direction(call)


def test_a_viewer_sees_and_is_refused(world: World) -> None:
    """No button on the page; a form sent all the same, with everything a browser sends, is refused."""
    item, call = world.ask()
    page = world.sign_in("vera")
    page.goto(f"{world.airflow.url}{_PAGES}/{item}")
    expect(page.get_by_text("You may look, and decide nothing.")).to_be_visible()
    buttons = page.get_by_role("button").count()
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}

    answer = httpx.post(
        f"{world.airflow.url}{_PAGES}/{item}/approve",
        data={"token": "x", "shown": decisions.look(world.rt, item, people.ADMIN).token},
        cookies=cookies,
        headers={"Origin": world.airflow.url},
    )

    assert (0, 403) == (buttons, answer.status_code)
    assert None is world.direction(call)


def test_nobody_and_a_forged_origin_are_refused(world: World) -> None:
    """Without a session, with a forged one, and with a good session but from another site: nothing is done."""
    item, call = world.ask()
    page = world.sign_in("rita")
    path = f"{world.airflow.url}{_PAGES}/{item}"
    page.goto(path)
    form = {name: page.locator(f"input[name={name}]").first.get_attribute("value") or "" for name in ("token", "shown")}
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    own = {"Origin": world.airflow.url}

    nobody = [
        httpx.get(path),
        httpx.get(f"{world.airflow.url}/consistency/static/pages.css"),
        httpx.post(path + "/approve"),
    ]
    forged = httpx.get(path, cookies={"_token": "a.b.c"})
    foreign = [
        httpx.post(path + "/approve", data=form, cookies=cookies, headers={"Origin": origin})
        for origin in ("https://evil.example.org", "http://127.0.0.1:1", "null")
    ]
    stale = httpx.post(path + "/approve", data={**form, "token": "0" * 64}, cookies=cookies, headers=own)
    untouched = world.direction(call)
    good = httpx.post(path + "/approve", data=form, cookies=cookies, headers=own)

    assert [401, 401, 401] == [answer.status_code for answer in nobody]
    assert 401 == forged.status_code
    assert [403, 403, 403, 403] == [answer.status_code for answer in (*foreign, stale)]
    assert None is untouched
    assert (303, "inbound") == (good.status_code, world.direction(call))


def test_an_administrator_assigns_and_a_user_does_not(world: World) -> None:
    """Who may change the database's connection may give items to others."""
    item, _ = world.ask()
    admin, user = world.sign_in(environment.USER), world.sign_in("rita")
    for page in (admin, user):
        page.goto(f"{world.airflow.url}{_PAGES}/{item}")

    offered = [page.locator("summary", has_text="Assign").count() for page in (admin, user)]
    admin.locator("summary", has_text="Assign").click()
    admin.get_by_label("To whom").fill("rita")
    admin.get_by_role("button", name="Assign").click()

    expect(admin.get_by_role("status")).to_contain_text("Assigned.")
    assert [1, 0] == offered
    assert "rita" == decisions.look(world.rt, item, people.ADMIN).assigned_to


def test_a_plan_is_approved_as_a_required_action(world: World) -> None:
    """Asked in Airflow, answered there by who may; a reviewer and a viewer are refused, and nothing is decided."""
    incident = world.plan()
    path, asked = world.required_action(incident)
    answer = {"chosen_options": ["Approve"], "params_input": {}}
    refused = [world.rest("PATCH", path, user, answer).status_code for user in ("rita", "vera")]
    slashed = world.rest("PATCH", path.replace("hitlDetails", "hitlDetails/"), "rita", answer).status_code
    before = decisions.show_incident(world.rt, incident, people.ADMIN).incident.status

    page = world.sign_in(environment.USER)
    page.goto(f"{world.airflow.url}/required_actions")
    page.get_by_role("link", name=re.compile(rf"incident {incident},")).click()
    expect(page.get_by_text("more than the 1 that may be corrected")).to_be_visible(timeout=60_000)
    page.screenshot(path=world.pictures / "airflow-required-action.png")
    page.get_by_role("button", name="Approve").click()
    decided = world.decided(incident, "approved")

    assert [403, 403] == refused
    assert 403 == slashed
    assert "open" == before
    assert environment.USER == decided.decided_by
    assert "consistency incident show" in asked["body"]


def test_who_answers_a_plan_that_the_page_decided_is_told(world: World) -> None:
    """The first decision counts, wherever it was made; the run of the question says so and ends green."""
    incident = world.plan()
    path, asked = world.required_action(incident)
    decisions.reject_incident(world.rt, incident, people.ADMIN)

    taken = world.rest("PATCH", path, environment.USER, {"chosen_options": ["Approve"], "params_input": {}})
    ti = asked["task_instance"]
    state = world.airflow.client().wait(ti["dag_id"], ti["dag_run_id"], timeout_seconds=180)
    note = world.rest("GET", path.partition("/taskInstances")[0], environment.USER).json()["note"]

    assert (200, "success") == (taken.status_code, state)
    # Or the question had been looked at between the two, and was over when it was answered.
    late = f"incident {incident} was rejected by test before; this answer changed nothing"
    assert note in {late, f"incident {incident}: rejected by test"}
    assert "rejected" == decisions.show_incident(world.rt, incident, people.ADMIN).incident.status
