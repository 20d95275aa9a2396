"""The DAG that compares with Cal.com: whole runs against a fake server and a real database."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine

from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.faults import Kind
from data_consistency.config import utc_now
from data_consistency.project import shipped
from data_consistency.rules import CALCOM, load_suites
from tests import worlds
from tests.dag_runs import Run
from tests.worlds import make_engine

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

pytestmark = pytest.mark.usefixtures("airflow_database")
_DAG = "consistency_reconcile"


@pytest.fixture
def engine(source_schema: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Two companies without a row, as the tasks find them."""
    engine = make_engine(source_schema)
    monkeypatch.setenv("CONSISTENCY_DB_URL", source_schema)
    yield engine
    engine.dispose()


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCalcom]:
    """The calendar of company 1, with a booking that nobody here knows."""
    with FakeCalcom() as fake:
        fake.world.switches.limit = 10_000
        fake.world.clock.advance((utc_now() - fake.world.clock.now()).total_seconds())
        monkeypatch.setenv("CONSISTENCY_CALCOM_URL", fake.url)
        monkeypatch.setenv("CONSISTENCY_CALCOM_KEY", KEY)
        monkeypatch.setenv("CONSISTENCY_CALCOM_COMPANY", "1")
        fake.add()
        yield fake


def test_a_booking_that_nobody_knows_is_found_queued_and_told(
    dagbag: "DagBag", engine: Engine, calendar: FakeCalcom
) -> None:
    """Read, concluded, checked, in order; nothing is written to the calendar."""
    run = Run(dagbag, _DAG)

    assert ("success", {"success"}) == (run.state, set(run.tasks.values()))
    assert "company 1" == run.labels["read[0]"]
    assert ("complete", 1) == (run.results["read[0]"]["outcome"], run.results["read[0]"]["bookings"] // 2)
    assert {"is_reported": True, "has_horizon": True, "check": "full"}.items() <= run.results["conclude"].items()
    found = worlds.execute(engine, "SELECT reason, company_id FROM manual_review_queue")
    assert [("calendar_booking_has_appointment", 1)] == found
    assert 1 == run.results["notify"]["sent"]
    assert [("succeeded",)] == worlds.execute(engine, "SELECT status FROM consistency_runs WHERE kind = 'reconcile'")
    assert {"GET"} == {request.method for request in calendar.world.log}


def test_every_table_whose_rules_need_the_calendar_is_checked(dagbag: "DagBag") -> None:
    """A new rule that needs it is not forgotten."""
    needing = [
        table for table, suite in load_suites(shipped()).items() if any(rule.needs == CALCOM for rule in suite.rules)
    ]
    check: Any = dagbag.dags[_DAG].task_dict["check"]

    assert needing == check.expand_input.value["table"]


def test_the_next_run_checks_what_changed(dagbag: "DagBag", engine: Engine, calendar: FakeCalcom) -> None:
    """No horizon for a day, unless somebody asks for it."""
    Run(dagbag, _DAG)

    run = Run(dagbag, _DAG, company=1)
    asked = Run(dagbag, _DAG, horizon="now")

    assert ("success", "success") == (run.state, asked.state)
    assert ("changed", "full") == (run.results["conclude"]["check"], asked.results["conclude"]["check"])


def test_a_calendar_that_cannot_be_read_makes_the_run_red(
    dagbag: "DagBag", engine: Engine, calendar: FakeCalcom
) -> None:
    """What can be judged is judged all the same, and people are told of the incident."""
    calendar.fail(Kind.BODY_A, status=401, times=99)

    run = Run(dagbag, _DAG)

    assert ("failed", "failed", "failed") == (run.state, run.tasks["read[0]"], run.tasks["finish"])
    assert {"success"} == {run.tasks[task] for task in ("conclude", "fill_review_queue", "notify")}
    assert not run.results["conclude"]["is_reported"]
    incidents = worlds.execute(engine, "SELECT rule, company_id FROM consistency_incidents WHERE status = 'open'")
    assert [("calcom_reading:company:1", 1)] == incidents
    assert run.results["notify"]["queued"] >= 1


def test_where_no_calendar_is_connected_nothing_is_red(dagbag: "DagBag", engine: Engine) -> None:
    """The steps are skipped, with a word in the log."""
    run = Run(dagbag, _DAG)

    assert "success" == run.state
    assert "skipped" == run.tasks["calendars"] == run.tasks["conclude"]
    assert [] == worlds.execute(engine, "SELECT * FROM consistency_incidents")


def test_a_company_without_a_calendar_is_refused(dagbag: "DagBag", engine: Engine, calendar: FakeCalcom) -> None:
    """Nobody else's key is used for it."""
    run = Run(dagbag, _DAG, company=2)

    assert ("failed", "failed") == (run.state, run.tasks["calendars"])
    assert [] == calendar.world.log
