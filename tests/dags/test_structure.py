"""What every DAG promises before it runs: who owns it, when it runs, what it costs to parse, what it imports."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk.exceptions import ParamValidationError

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

_ROOT = Path(__file__).resolve().parents[2]
_BERLIN = ZoneInfo("Europe/Berlin")
_DAGS = {
    "consistency_check": "*/5 * * * *",
    "review_queue_processing": "@hourly",
    "daily_consistency_report": None,  # a timetable with a zone, see below
    "consistency_backfill": None,
    "consistency_schema": None,
    "consistency_maintenance": "30 3 * * *",
    "consistency_reconcile": "17 * * * *",
    "consistency_approvals": None,  # what asks people, and an hour, see below
}
# A question lasts as long as its plan, and another one waits for no answer to the first.
_AT_ONCE = {"consistency_approvals": 32}
_HEAVY = (
    "great_expectations",
    "pandas",
    "sqlalchemy",
    "pymysql",
    "httpcore",
    "data_consistency.db",
    "data_consistency.pipeline",
)

# Parses one folder as the dag processor does, in a fresh process: what it costs, and what it imported on the way.
_PARSE = """
import sys, time
sys.path.insert(0, {plugins!r})
import airflow.sdk
before = set(sys.modules)
start = time.perf_counter()
import importlib.util, pathlib
for number, path in enumerate(sorted(pathlib.Path({folder!r}).glob("*.py"))):
    spec = importlib.util.spec_from_file_location(f"parsed_{{number}}", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(time.perf_counter() - start)
print(" ".join(sorted(set(sys.modules))))
"""


def _parse(folder: Path) -> tuple[float, set[str]]:
    script = _PARSE.format(plugins=str(_ROOT / "plugins"), folder=str(folder))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, modules = done.stdout.strip().splitlines()[-2:]
    return float(seconds), set(modules.split())


@pytest.fixture
def empty_dag(tmp_path: Path) -> Path:
    """A folder with one DAG that does nothing."""
    (tmp_path / "empty.py").write_text("from airflow.sdk import DAG\nwith DAG('empty', schedule=None):\n    pass\n")
    return tmp_path


def test_every_dag_file_can_be_parsed_and_none_is_missing(dagbag: "DagBag") -> None:
    """The ids are what operators know."""
    assert {} == dagbag.import_errors
    assert set(_DAGS) == set(dagbag.dags)


@pytest.mark.parametrize("dag_id", _DAGS)
def test_a_dag_has_an_owner_a_tag_and_a_text_to_act_on(dagbag: "DagBag", dag_id: str) -> None:
    """A person who is called at night finds what red means and how to switch off."""
    dag = dagbag.dags[dag_id]
    text = (dag.doc_md or "").lower()

    assert "data-consistency" in dag.tags
    assert {"data-engineering"} == {task.owner for task in dag.tasks}
    assert [] == [word for word in ("**does**", "**red**", "red**:", "undo") if word not in text]


@pytest.mark.parametrize("dag_id", _DAGS)
def test_a_dag_runs_once_at_a_time_and_never_catches_up(dagbag: "DagBag", dag_id: str) -> None:
    """A check works from its watermark; a missed tick is not to be repeated."""
    dag: Any = dagbag.dags[dag_id]

    assert (_AT_ONCE.get(dag_id, 1), False) == (dag.max_active_runs, dag.catchup)
    assert dag.dagrun_timeout is not None
    assert dag.has_on_failure_callback or dag.on_failure_callback


@pytest.mark.parametrize("dag_id", _DAGS)
def test_every_task_shares_the_pool_and_ends_in_time(dagbag: "DagBag", dag_id: str) -> None:
    """All runs together ask of the operational database what the pool allows; no task outlives its run."""
    dag: Any = dagbag.dags[dag_id]

    for task in dag.tasks:
        assert "consistency_mysql" == task.pool, task.task_id
        assert task.execution_timeout <= dag.dagrun_timeout, task.task_id
        assert task.on_failure_callback, task.task_id
        assert task.retry_policy is not None, task.task_id


def test_a_check_is_over_before_the_next_one(dagbag: "DagBag") -> None:
    """A run that hangs is stopped, and on-call is told, before the next tick."""
    dag: Any = dagbag.dags["consistency_check"]

    assert dag.dagrun_timeout < timedelta(minutes=5)


@pytest.mark.parametrize(("dag_id", "cron"), [(dag_id, cron) for dag_id, cron in _DAGS.items() if cron])
def test_a_dag_runs_when_it_says(dagbag: "DagBag", dag_id: str, cron: str) -> None:
    """The schedules of the operators' manual."""
    dag: Any = dagbag.dags[dag_id]

    assert cron == dag.schedule


def test_plans_are_asked_about_at_once_and_every_hour(dagbag: "DagBag") -> None:
    """By the event of a correction that made one; what an event was lost of is found by the clock."""
    dag: Any = dagbag.dags["consistency_approvals"]

    assert ["consistency_plans"] == [asset.name for asset in dag.timetable.asset_condition.objects]
    assert "0 * * * *" == dag.timetable.timetable.expression
    assert dag.dagrun_timeout > timedelta(days=7)


@pytest.mark.parametrize("dag_id", ["consistency_backfill", "consistency_schema"])
def test_what_people_start_never_starts_by_itself(dagbag: "DagBag", dag_id: str) -> None:
    """Backfill and schema are manual."""
    dag: Any = dagbag.dags[dag_id]

    assert dag.schedule is None


@pytest.mark.parametrize("path", sorted((_ROOT / "dags").glob("*.py")), ids=lambda path: path.stem)
def test_a_dag_file_says_when_and_nothing_else(path: Path) -> None:
    """Short, without SQL and without rules."""
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) < 60
    assert path.stem in text
    assert not any(word in text for word in ("SELECT ", "UPDATE ", "import sqlalchemy"))
    assert {"airflow", "sources"} >= set(re.findall(r"^from data_consistency\.(\w+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("after", "runs"),
    [
        # 02:00 comes twice: the second one.
        ("2026-10-24T12:00+00:00", ["2026-10-25T01:00+00:00", "2026-10-26T01:00+00:00"]),
        # 02:00 does not exist: 03:00.
        ("2027-03-27T12:00+00:00", ["2027-03-28T01:00+00:00", "2027-03-29T00:00+00:00"]),
    ],
)
def test_the_report_runs_once_on_the_days_the_clocks_change(dagbag: "DagBag", after: str, runs: list[str]) -> None:
    """Every night has one report."""
    from airflow.timetables.trigger import CronTriggerTimetable

    declared: Any = dagbag.dags["daily_consistency_report"].timetable
    timetable = CronTriggerTimetable(declared.expression, timezone=declared.timezone)
    at = datetime.fromisoformat(after)
    found = []
    for _ in runs:
        at = timetable._get_next(at)  # type: ignore[arg-type]
        found.append(at)

    assert "Europe/Berlin" == declared.timezone
    assert [datetime.fromisoformat(run) for run in runs] == found


@pytest.mark.parametrize(
    ("run_after", "day"),
    [
        ("2026-10-25T01:00+00:00", date(2026, 10, 24)),
        ("2026-10-26T01:00+00:00", date(2026, 10, 25)),
        ("2027-03-28T01:00+00:00", date(2027, 3, 27)),
        ("2027-03-29T00:00+00:00", date(2027, 3, 28)),
        ("2026-12-31T23:30+00:00", date(2026, 12, 31)),  # the new year has begun in Berlin
    ],
)
def test_a_report_is_about_the_day_before_where_the_readers_live(run_after: str, day: date) -> None:
    """Also when that day has 23 or 25 hours, and when UTC is a day behind."""
    from data_consistency.airflow.operators import report_day

    assert day == report_day(datetime.fromisoformat(run_after), _BERLIN)


def test_ranges_touch_and_do_not_overlap() -> None:
    """A backfill sees every id once."""
    from data_consistency.airflow.operators import id_ranges

    assert [(1, 4), (5, 8), (9, 10)] == [(part["first_id"], part["last_id"]) for part in id_ranges(1, 10, 4)]
    assert [(7, 7)] == [(part["first_id"], part["last_id"]) for part in id_ranges(7, 7, 50)]


def test_a_check_knows_every_table_that_has_a_suite() -> None:
    """A new suite is checked without touching a DAG."""
    from data_consistency.airflow.defaults import tables

    assert sorted(path.stem for path in (_ROOT / "expectations").glob("*.json")) == tables()
    assert "calls" in tables()


def test_parsing_imports_nothing_heavy(empty_dag: Path) -> None:
    """The dag processor and every task process parse these files: seconds there are paid thousands of times a day."""
    ours = _parse(_ROOT / "dags")[1] - _parse(empty_dag)[1]  # Airflow itself imports SQLAlchemy

    assert [] == sorted(name for name in _HEAVY if name in ours)
    assert "data_consistency.airflow.operators" in ours


def test_parsing_costs_little_more_than_an_empty_dag(empty_dag: Path) -> None:
    """Measured beside an empty DAG in the same moment, so that a busy machine does not decide."""
    ours = min(_parse(_ROOT / "dags")[0] for _ in range(3))
    empty = min(_parse(empty_dag)[0] for _ in range(3))

    assert ours - empty < 0.5


@pytest.mark.parametrize(
    ("dag_id", "given"),
    [
        ("consistency_check", {}),
        ("consistency_check", {"dry_run": "look only", "company": 7}),
        ("consistency_backfill", {"first_id": 1, "last_id": None, "dry_run": "correct"}),
        ("consistency_reconcile", {"horizon": "now"}),
        ("consistency_schema", {}),
        ("consistency_schema", {"action": "verify_triggers"}),
        ("consistency_schema", {"action": "rollback", "confirm": "operations", "to": "0003"}),
    ],
)
def test_a_form_is_taken_as_documented(dagbag: "DagBag", dag_id: str, given: dict[str, object]) -> None:
    """What may be left out is left out, and what is said is one of the words offered."""
    params = dagbag.dags[dag_id].params
    taken = {name: params.get_param(name).resolve(*([given[name]] if name in given else [])) for name in params}

    assert given.items() <= taken.items()


@pytest.mark.parametrize(
    ("dag_id", "name", "value"),
    [
        ("consistency_check", "dry_run", True),
        ("consistency_check", "dry_run", "perhaps"),
        ("consistency_check", "company", 0),
        ("consistency_check", "company", "seven"),
        ("consistency_backfill", "table", "users"),
        ("consistency_backfill", "step", 0),
        ("consistency_reconcile", "horizon", "yes"),
        ("consistency_schema", "action", "drop"),
        ("consistency_schema", "environment", "production"),
    ],
)
def test_a_form_refuses_what_is_no_answer(dagbag: "DagBag", dag_id: str, name: str, value: object) -> None:
    """Before a run is made, in words."""
    with pytest.raises(ParamValidationError, match=str(value)):
        dagbag.dags[dag_id].params.get_param(name).resolve(value)


def test_a_run_id_fits_its_column_and_is_never_shared() -> None:
    """Two DAGs may have runs of one name; a long id is shortened without becoming another's."""
    from types import SimpleNamespace

    from data_consistency.airflow.operators import consistency_run_id

    def run_id(dag_id: str, name: str) -> str:
        return consistency_run_id({"dag_run": SimpleNamespace(dag_id=dag_id, run_id=name)})  # type: ignore[arg-type]

    scheduled = f"scheduled__{datetime(2026, 10, 25, 1, tzinfo=UTC).isoformat()}"
    long = "manual__" + "x" * 200

    assert f"daily_consistency_report__{scheduled}" == run_id("daily_consistency_report", scheduled)
    assert run_id("a", scheduled) != run_id("b", scheduled)
    assert 64 == len(run_id("a", long)) == len(run_id("a", long + "y"))
    assert run_id("a", long) != run_id("a", long + "y")
