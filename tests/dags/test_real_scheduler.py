"""A real Airflow with a real scheduler, mail server and browser: mails, red runs, pages, start and stop."""

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect

from consistency_sandbox.private_airflow import environment
from consistency_sandbox.private_airflow import server as airflow
from consistency_sandbox.servers import private
from data_consistency.airflow.links import run_id_of
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from tests import chromium, worlds
from tests.mailbox import Mailbox, free_port
from tests.patience import until
from tests.schemas import drop_schema

pytestmark = pytest.mark.timeout(2400)

_SCHEMA = "dc_test_scheduler"
_RUN_SECONDS = 800


@dataclass(kw_only=True)
class Watch:
    """The running system."""

    rt: Runtime
    airflow: airflow.Airflow
    mailbox: Mailbox
    var: Path

    def run(self, dag_id: str, **conf: object) -> tuple[str, dict[str, str]]:
        """Trigger a DAG and wait: state of the run, states of its tasks."""
        client = self.airflow.client()
        run_id = client.trigger(dag_id, conf)
        state = client.wait(dag_id, run_id, timeout_seconds=_RUN_SECONDS)
        return state, client.task_states(dag_id, run_id)


@pytest.fixture(scope="module")
def watch(database_server: private.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """Airflow on a throw-away schema, with a mail server; the schedule is paused, so that only the tests run DAGs."""
    database_server.create_schema(_SCHEMA)
    url = database_server.url(_SCHEMA)
    os.environ["CONSISTENCY_VAR"] = str(tmp_path_factory.mktemp("unused"))
    worlds.create(url)
    var = tmp_path_factory.mktemp("w")
    port = free_port()
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings = {
        "CONSISTENCY_DB_URL": url,
        "CONSISTENCY_VAR": str(var),
        "CONSISTENCY_DRY_RUN": "false",
        "CONSISTENCY_ALERT_EMAILS": "oncall@example.org",
        "CONSISTENCY_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "AIRFLOW_CONN_SMTP_DEFAULT": (
            f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true&from_email=watch%40example.org"
        ),
    }
    started = airflow.start(var / "airflow", settings, shipped())
    client = started.client()
    for dag_id in client.dags():
        client.pause(dag_id, paused=dag_id == "daily_consistency_report")
    yield Watch(rt=worlds.runtime(url), airflow=started, mailbox=mailbox, var=var)
    airflow.stop(var / "airflow")
    controller.stop()
    drop_schema(database_server, _SCHEMA)


def test_new_critical_findings_are_mailed_once_over_two_runs(watch: Watch) -> None:
    """The first run tells of them in one mail; later runs find the same rows and mail nobody."""
    calls = [worlds.add_call(watch.rt.engine, session_outcome="appointment_booked") for _ in range(3)]

    first, tasks = watch.run("consistency_check")
    told = watch.mailbox.subjects()
    second, _ = watch.run("consistency_check")

    assert ("success", "success") == (first, second)
    assert "success" == tasks["check"]
    assert {"success", "skipped"} >= set(tasks.values())  # a scheduled run may have told of them
    assert ["[critical] calls ended with a booking, but carry no booking flag"] == told == watch.mailbox.subjects()
    assert all(str(call).encode() in b"".join(watch.mailbox.mails) for call in calls)


def test_green_runs_differ_by_their_note_and_lead_to_our_pages(watch: Watch) -> None:
    """The run says what it found, a task links to the run and the queue, events of assets carry the counts."""
    client = watch.airflow.client()
    worlds.add_call(watch.rt.engine, direction=None, consistency_changed_at=watch.rt.now())
    run_id = client.trigger("consistency_check", {})
    state = client.wait("consistency_check", run_id, timeout_seconds=_RUN_SECONDS)
    path = f"/api/v2/dags/consistency_check/dagRuns/{quote(run_id, safe='')}"

    def ask(asked: str) -> dict[str, Any]:
        answer = httpx.get(
            watch.airflow.url + asked, headers={"Authorization": f"Bearer {client.token}"}, timeout=60
        ).raise_for_status()
        return dict(answer.json())

    note = ask(path)["note"]
    links = ask(f"{path}/taskInstances/tell/links")["extra_links"]
    events = ask(f"/api/v2/assets/events?source_run_id={quote(run_id, safe='')}&limit=100")["asset_events"]
    checked = [event["extra"] for event in events if "rows_checked" in event["extra"]]

    assert "success" == state
    assert re.fullmatch(r"nothing found|\d+ found, \d+ corrected, \d+ stopped", note), note
    assert (
        f"/consistency/default/run?{urlencode({'id': run_id_of('consistency_check', run_id)})}"
        == (links["Corrections of this run"])
    )
    assert "/consistency/default/items" == links["Review queue"]
    assert [True] == [extra["rows_checked"] > 0 and extra["violations"] > 0 for extra in checked]


def test_a_check_that_makes_a_plan_starts_who_asks(watch: Watch) -> None:
    """Its event does, at once; the question then waits in Airflow, and in no worker."""
    client = watch.airflow.client()
    before = set(client.runs("consistency_approvals"))
    for _ in range(26):  # one more than a run may correct
        worlds.add_call(watch.rt.engine, direction=None, consistency_changed_at=watch.rt.now())

    state, _ = watch.run("consistency_check")

    def states() -> dict[str, str]:
        runs = [run for run in client.runs("consistency_approvals") if run not in before]
        return {
            f"{run} {task}": of for run in runs for task, of in client.task_states("consistency_approvals", run).items()
        }

    until(lambda: "awaiting_input" in states().values(), _RUN_SECONDS)
    assert "success" == state
    assert any(name.startswith("asset_triggered") for name in states())


def test_a_check_that_cannot_be_evaluated_is_red_and_mails_on_call(watch: Watch) -> None:
    """A column vanished: the check is red, the other tables are done, on-call gets one mail of task and rules."""
    worlds.execute(watch.rt.engine, "ALTER TABLE customers DROP COLUMN email")
    worlds.execute(watch.rt.engine, "UPDATE customers SET journey_status = 'x'")
    worlds.add_customer(watch.rt.engine)
    worlds.execute(watch.rt.engine, "DELETE FROM consistency_watermarks")
    before = len(watch.mailbox.subjects())

    state, tasks = watch.run("consistency_check")

    failed = sorted(task for task, of_task in tasks.items() if of_task == "failed")
    assert "failed" == state
    assert ["check", "tell"] == failed
    (told,) = watch.mailbox.subjects()[before:]
    assert told.startswith("[critical] a check could not be evaluated, and ")
    log = (watch.var / "log" / "data-consistency.log").read_text(encoding="utf-8")
    assert "Running data consistency check..." in log
    assert "Found: " in log
    worlds.execute(watch.rt.engine, "ALTER TABLE customers ADD COLUMN email VARCHAR(255) NULL")
    assert "success" == watch.run("consistency_check")[0]


def test_the_pages_show_the_dags_with_their_docs(watch: Watch, tmp_path: Path) -> None:
    """A data engineer signs in, sees the DAGs and reads what one does."""
    pictures = Path(os.environ.get("TEST_PICTURES") or tmp_path)
    with chromium.launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(watch.airflow.url)
        page.fill("input[name=username]", environment.USER)
        page.fill("input[name=password]", environment.password(watch.var / "airflow"))
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/", timeout=60_000)
        page.goto(f"{watch.airflow.url}/dags")
        for dag_id in ("consistency_check", "review_queue_processing", "daily_consistency_report"):
            expect(page.get_by_text(dag_id).first).to_be_visible(timeout=60_000)
        page.screenshot(path=pictures / "airflow-dags.png")
        page.goto(f"{watch.airflow.url}/dags/consistency_check")
        expect(page.get_by_text("tell", exact=True).first).to_be_visible(timeout=60_000)
        page.screenshot(path=pictures / "airflow-grid.png")
        page.get_by_role("button", name="Dag Docs").click()
        expect(page.get_by_text("Five-minute check of calls, appointments and customers")).to_be_visible(timeout=60_000)
        page.screenshot(path=pictures / "airflow-dag-docs.png")


def test_a_component_that_died_is_seen_and_the_rest_can_be_stopped(watch: Watch) -> None:
    """Status names what is missing; stopping leaves nothing behind."""
    home = watch.var / "airflow"
    triggerer = watch.airflow.components["triggerer"]

    os.killpg(triggerer, signal.SIGKILL)
    os.waitpid(triggerer, 0)  # this process is its parent
    wounded = airflow.status(home)
    stopped = airflow.stop(home)

    assert wounded is not None
    assert ("triggerer",) == wounded.missing
    assert stopped
    assert airflow.status(home) is None
    assert not airflow.stop(home)
