"""The plugin's parts one by one: connection, params, retries, what is returned, who is told what."""

import asyncio
import json
import os
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from data_consistency import errors
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations
from tests import worlds
from tests.mailbox import free_port
from tests.task_instances import Task, context_of, dag_run

_SOCKET_URI = "mysql://reader:p%40ss%2Fword@localhost/operations?unix_socket=%2Fvar%2Frun%2Fdb.sock"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where mails go when no mail server is configured."""
    monkeypatch.setenv("CONSISTENCY_ALERT_EMAILS", "on-call@example.org")
    return Path(os.environ["CONSISTENCY_VAR"]) / "outbox"


def _mails(folder: Path) -> list[Any]:
    files = sorted(folder.glob("*.eml"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


def test_the_connection_is_found_by_socket_and_its_password_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Special characters of a password and a socket in the extra reach the driver."""
    from sqlalchemy import make_url

    from data_consistency.airflow.hook import ConsistencyHook

    monkeypatch.setenv("AIRFLOW_CONN_CONSISTENCY_MYSQL", _SOCKET_URI)

    url = make_url(ConsistencyHook().database_url() or "")

    assert ("reader", "p@ss/word", "operations", None) == (url.username, url.password, url.database, url.host)
    assert "/var/run/db.sock" == url.query["unix_socket"]


def test_the_connection_wins_over_the_environment_which_is_used_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets can live in Airflow or in the environment."""
    from data_consistency.airflow.hook import ConsistencyHook

    monkeypatch.setenv("CONSISTENCY_DB_URL", "mysql+pymysql://env@localhost/from_environment")
    without = ConsistencyHook().runtime()
    monkeypatch.setenv("AIRFLOW_CONN_CONSISTENCY_MYSQL", "mysql://airflow:secret@db.example.org:3307/from_airflow")
    connected = ConsistencyHook().runtime()

    assert "from_environment" == without.engine.url.database
    assert ("from_airflow", 3307) == (connected.engine.url.database, connected.engine.url.port)


@pytest.mark.parametrize("uri", ["postgres://u@h/schema", "mysql://u@h"])
def test_a_connection_that_is_none_of_ours_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    """The message names the connection and what it must be."""
    from data_consistency.airflow.hook import ConsistencyHook

    monkeypatch.setenv("AIRFLOW_CONN_CONSISTENCY_MYSQL", uri)

    with pytest.raises(errors.ConfigurationError, match="consistency_mysql"):
        ConsistencyHook().runtime()


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (errors.DatabaseUnavailable("x"), "retry"),
        (errors.DeliveryFailed("x"), "retry"),
        (errors.CheckNotEvaluated("x"), "fail"),
        (errors.InvalidRule("x"), "fail"),
        (errors.SchemaNotReady("x"), "fail"),
        (errors.UnmarkedSchema("x"), "fail"),
        (errors.ConfigurationError("x"), "fail"),
        (KeyError("x"), "default"),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, action: str) -> None:
    """An outage is retried; a rule that cannot be judged will not be judged in 15 seconds either."""
    from data_consistency.airflow.defaults import RETRY_POLICY

    assert action == RETRY_POLICY.evaluate(error, 1, 2).action.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("None", None),
        ("", None),
        (None, None),
        ("as configured", None),
        ("look only", True),
        ("correct", False),
        ("True", True),
        (False, False),
    ],
)
def test_dry_run_has_three_values(text: object, value: bool | None) -> None:
    """Not said is not the same as no."""
    from data_consistency.airflow.runs import flag

    assert value is flag(text)  # type: ignore[arg-type]


def test_a_param_that_is_no_yes_or_no_is_refused() -> None:
    """Nobody corrects rows by a typing error."""
    from data_consistency.airflow.runs import flag

    with pytest.raises(errors.WrongUse, match="use one of as configured, look only, correct"):
        flag("perhaps")


def test_a_check_returns_counts_and_the_run_alone(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put into XCom is small and names no row, no number and no person."""
    from data_consistency.airflow.operators import BeginRunOperator, CheckTableOperator, CorrectTableOperator

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    worlds.add_call(rt.engine, direction=None, from_number="+4915112345678", transcript="My name is Eva Muster.")
    context = context_of()

    BeginRunOperator(task_id="begin", kind="check").execute(context)
    checked = CheckTableOperator(task_id="check", table="calls", company_id="None").execute(context)
    corrected = CorrectTableOperator(task_id="correct", table="calls", plan_only="True").execute(context)

    stored = json.dumps([checked, corrected])
    assert "consistency_check__scheduled__2" == checked["run_id"] == corrected["run_id"]
    assert (1, 1) == (checked["rows_checked"], checked["violations"]["call_direction_present"])
    assert corrected["dry_run"] is True
    assert [] == [word for word in ("+4915112345678", "Muster", "transcript", "entity_id") if word in stored]
    assert len(stored) < 2000


def test_the_lines_of_the_package_are_in_its_file(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operators look for them in var/log/data-consistency.log."""
    from data_consistency.airflow.operators import CheckTableOperator

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))

    CheckTableOperator(task_id="check", table="customers").execute(context_of())

    text = (Path(os.environ["CONSISTENCY_VAR"]) / "log" / "data-consistency.log").read_text(encoding="utf-8")
    assert "Running data consistency check..." in text
    assert "Found: 0 inconsistencies" in text


def test_an_error_of_the_driver_is_shown_without_its_statement(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver quotes values in its errors, and a task's log is read by many."""
    from sqlalchemy.exc import IntegrityError

    from data_consistency import pipeline
    from data_consistency.airflow.operators import FillReviewQueueOperator

    def refuse(*_args: object, **_options: object) -> None:
        raise IntegrityError("INSERT", {"name": "Eva Muster"}, Exception(1062, "Duplicate entry 'Eva Muster'"))

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr(pipeline, "fill_review_queue", refuse)

    with pytest.raises(errors.DataConsistencyError) as raised:
        FillReviewQueueOperator(task_id="fill").execute(context_of())

    assert "1062" in str(raised.value)
    assert "Muster" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_the_schema_is_touched_only_when_its_name_is_typed(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name, also that of another schema, changes nothing."""
    from data_consistency.airflow.operators import SchemaOperator

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))

    SchemaOperator(task_id="schema", action="verify_triggers", confirm="None", to="None").execute(context_of())
    for wrong in ("", "None", "operations", "%"):
        with pytest.raises(errors.WrongUse, match="confirm"):
            SchemaOperator(task_id="schema", action="rollback", confirm=wrong).execute(context_of())

    assert [("test",)] == worlds.execute(rt.engine, "SELECT environment FROM consistency_marker")


def test_the_schema_goes_up_is_compared_and_goes_down(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate, verify, find drift, take everything away."""
    from data_consistency.airflow.operators import SchemaOperator

    def act(action: str, **options: str) -> dict[str, Any]:
        schema = str(rt.engine.url.database)
        return SchemaOperator(task_id="schema", action=action, confirm=schema, **options).execute(context_of())

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    version = act("migrate")["version"]
    migrations.migrate(rt.engine, triggers=True)
    drifts = act("verify_triggers")["drifts"]
    trigger = worlds.execute(
        rt.engine,
        "SELECT trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() AND action_statement LIKE '%consistency_triggers%' LIMIT 1",
    )
    worlds.execute(rt.engine, f"DROP TRIGGER {trigger[0][0]}")
    with pytest.raises(errors.SchemaNotReady, match="missing"):
        act("verify_triggers")
    with pytest.raises(errors.WrongUse, match="action"):
        act("drop_everything")
    gone = act("rollback")["version"]

    assert version
    assert 0 == drifts
    assert gone is None
    assert [] == worlds.execute(rt.engine, "SHOW TABLES LIKE 'consistency%'")


def test_a_run_with_a_failed_task_is_noted_as_failed_and_red(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A successful last task must not hide what failed before it."""
    from data_consistency.airflow.operators import BeginRunOperator, FinishRunOperator, RunEndedRed

    monkeypatch.setenv("CONSISTENCY_DB_URL", rt.engine.url.render_as_string(hide_password=False))
    states = {"check_0": "success", "check_1": "failed", "finish": "running"}
    BeginRunOperator(task_id="begin", kind="check").execute(context_of())

    task = Task(states)
    with pytest.raises(RunEndedRed, match="check_1"):
        FinishRunOperator(task_id="finish").execute(context_of(task))

    assert {"consistency_note": "nothing found"} == task.pushed
    assert [("failed", "failed tasks: check_1")] == worlds.execute(
        rt.engine, "SELECT status, error FROM consistency_runs"
    )


def test_a_failed_task_is_told_without_the_text_of_its_error(told: Path) -> None:
    """The mail says where and of which kind; the text may quote a customer."""
    from data_consistency.airflow.notifiers import TaskFailureNotifier

    TaskFailureNotifier()(context_of(exception=RuntimeError("Eva Muster, +4915112345678")))

    (mail,) = _mails(told)
    assert "[critical] a task failed: RuntimeError" == mail["Subject"]
    assert "consistency_backfill.check[1]" in mail.get_body(("plain",)).get_content()
    assert "on-call@example.org" == mail["To"]
    assert "Muster" not in mail.as_string()
    assert "+49151" not in mail.as_string()


@pytest.mark.parametrize("error", [errors.DatabaseUnavailable, errors.CorrectionFailed])
def test_people_are_told_once(told: Path, error: type[Exception]) -> None:
    """However many tasks and runs fail of one cause, and though the database, which keeps who was told, is away."""
    from data_consistency.airflow.notifiers import TaskFailureNotifier

    for _ in range(3):
        TaskFailureNotifier()(context_of(exception=error("x")))

    assert 1 == len(_mails(told))


def test_each_cause_of_a_task_of_all_tables_is_told(told: Path) -> None:
    """One mail a cause; what is told with the next findings, or by another task, is no reason to keep quiet of it."""
    from data_consistency.airflow.notifiers import TaskFailureNotifier
    from data_consistency.airflow.operators import RunEndedRed

    error = errors.CorrectionFailed("x")
    error.also = (errors.InvalidRule("y"), errors.InvalidRule("z"), RunEndedRed("check"))  # type: ignore[attr-defined]
    TaskFailureNotifier()(context_of(exception=error))

    assert 2 == len({mail["Subject"] for mail in _mails(told)}) == len(_mails(told))


def test_the_end_of_a_red_run_is_not_told_again(told: Path) -> None:
    """The task that failed has told."""
    from data_consistency.airflow.notifiers import TaskFailureNotifier
    from data_consistency.airflow.operators import RunEndedRed

    TaskFailureNotifier()(context_of(exception=RunEndedRed("failed tasks: check")))

    assert [] == _mails(told)


@pytest.mark.parametrize(("reason", "mails"), [("timed_out", 1), ("task_failure", 0)])
def test_a_run_that_was_stopped_is_told_by_its_dag(told: Path, reason: str, mails: int) -> None:
    """No task can tell that its run was stopped."""
    from data_consistency.airflow.notifiers import RunTimeoutNotifier

    RunTimeoutNotifier()({"dag_run": dag_run(), "reason": reason})

    assert mails == len(_mails(told))


def test_a_check_that_did_not_run_is_told_by_its_deadline_once(told: Path) -> None:
    """No task can tell that there was none: the triggerer does, whatever it is handed of the run."""
    from data_consistency.airflow.notifiers import checks_did_not_run

    for context in ({"dag_run": {"dag_id": "consistency_check", "dag_run_id": "scheduled__2"}}, {}, None):
        asyncio.run(checks_did_not_run("default", context))

    (mail,) = _mails(told)
    assert "[critical] checks did not run" == mail["Subject"]
    assert "consistency_check.run" in mail.get_body(("plain",)).get_content()


def test_a_mail_server_that_is_down_does_not_hide_a_failure(told: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is a file then."""
    from data_consistency.airflow.notifiers import TaskFailureNotifier

    port = free_port()
    monkeypatch.setenv(
        "AIRFLOW_CONN_SMTP_DEFAULT",
        f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true&retry_limit=1&timeout=2",
    )
    monkeypatch.setenv("CONSISTENCY_SMTP_URL", f"smtp://127.0.0.1:{port}")

    TaskFailureNotifier()(context_of(exception=RuntimeError("x")))

    assert 1 == len(_mails(told))
