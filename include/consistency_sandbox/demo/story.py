"""The demo: the bad morning, found and corrected by a real scheduler, repeated, taken back, corrected again.

Every figure is read from the database or from Airflow. What a person does in it (approving incidents, undoing a run) is
done by the functions behind the commands of the same name.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from consistency_sandbox.demo import bookings as demo_bookings
from consistency_sandbox.demo import lines as demo_lines
from consistency_sandbox.demo.bookings import Service
from consistency_sandbox.demo.calendar_sides import fill_calendar
from consistency_sandbox.demo.compared import compared
from consistency_sandbox.demo.dags import execute
from consistency_sandbox.demo.load import load_demo
from consistency_sandbox.demo.measures import Facts, correcting_runs, measure
from consistency_sandbox.fake_calcom import KEY, FakeCalcom
from consistency_sandbox.fake_calcom.world import RunningClock, World
from consistency_sandbox.private_airflow import commands
from consistency_sandbox.private_airflow import server as airflow
from consistency_sandbox.private_airflow.client import Client
from consistency_sandbox.private_airflow.database import DEMO_SCHEMA
from consistency_sandbox.servers import private
from data_consistency import pipeline, runtime
from data_consistency.report.period import day_of
from data_consistency.review import decisions
from data_consistency.review.viewers import Role, Viewer
from data_consistency.runtime import Runtime

CHECK, REVIEW, REPORT = "consistency_check", "review_queue_processing", "daily_consistency_report"
RECONCILE = "consistency_reconcile"
_ACTOR = "demo"
_PERSON = Viewer(name=_ACTOR, role=Role.ADMIN)
_HINT_SECONDS = 47.0  # Cal.com's replicas may lag for 45; by itself the guard looks again after a minute
_DATABASE = "mariadb"

Say = Callable[[str], None]


def run(var: Path, say: Say) -> dict[str, object]:
    """Tell the whole story in a database and an Airflow of its own.

    Args:
        var: the demo's folder; all but its database's files is made anew.
        say: prints a line.

    Returns:
        The summary, which is also written to summary.json; `missed` lists the goals that were not reached.
    """
    started = time.monotonic()
    var = var.absolute()
    with ExitStack() as stack:
        stack.enter_context(_interruptible())
        _clean(var)
        stack.callback(airflow.stop, var / "airflow")
        if private.status(var / _DATABASE) is None:
            stack.callback(private.stop, var / _DATABASE)
        server = private.start(var / _DATABASE)
        server.create_schema(DEMO_SCHEMA)
        fake = stack.enter_context(FakeCalcom(world=World(clock=RunningClock())))
        settings = _settings(server.url(DEMO_SCHEMA), var, fake)
        rt = runtime.build(settings)
        stack.callback(rt.engine.dispose)
        say("Loading the bad morning into a private database ...")
        load_demo(rt.engine, rt.now())
        say("Starting Airflow ...")
        client = airflow.start(var / "airflow", settings, rt.project).client()
        story = _tell(rt, client, say)
        service = demo_bookings.open_service(rt, {**os.environ, **settings}, stack)
        story |= _bookings(rt, client, service, fake, say)
        _report(rt, say)
    seconds = round(time.monotonic() - started)
    summary = {**story, **_papers(var), "seconds": seconds}
    summary["missed"] = missed(summary)
    (var / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    command = commands.write(var, settings, rt.project)
    for line in demo_lines.closing(summary, var / "summary.json", commands.program(), command):
        say(line)
    return summary


def missed(summary: dict[str, object]) -> list[str]:
    """Goals of the demo that were not reached."""
    goals: dict[str, tuple[Callable[[int], bool], str]] = {
        "calls": (lambda n: n == 173, "173"),
        "wrong_before": (lambda n: n == 45, "45"),
        "corrected": (lambda n: n >= 44, "at least 44"),
        "in_review": (lambda n: n == 1, "1"),
        "candidates": (lambda n: n >= 1, "at least 1"),
        "wrong_after": (lambda n: n == 0, "0"),
        "second_run_changes": (lambda n: n == 0, "0"),
        "wrong_after_undo": (lambda n: n == 45, "45"),
        "rows_not_restored": (lambda n: n == 0, "0"),
        "wrong_after_rerun": (lambda n: n == 0, "0"),
        "mails": (lambda n: n >= 1, "at least 1"),
        "breaker_refused": (lambda n: n == 1, "1"),
        "breaker_recovered": (lambda n: n == 1, "1"),
        "false_bookings_taken_back": (lambda n: n == 1, "1"),
        "taken_back_by_hint": (lambda n: n == 1, "1"),
        "calendar_differences": (lambda n: n == 3, "3"),
        "move_is_one_question": (lambda n: n == 1, "1"),
        "seats_seen": (lambda n: n == 2, "2"),
        "seat_findings": (lambda n: n == 0, "0"),
    }
    found = {name: int(str(summary[name])) for name in goals}
    lines = [f"{name}: {found[name]}, wanted {want}" for name, (holds, want) in goals.items() if not holds(found[name])]
    return lines + [f"{name}: not written" for name in ("report", "data_docs") if not summary[name]]


def _tell(rt: Runtime, client: Client, say: Say) -> dict[str, object]:
    before = measure(rt)
    _say(say, demo_lines.before(before))

    say("\n1. The check finds them, and stops where a rule would change more than its cap")
    execute(client, CHECK, say)
    approved = _approve(rt, say)

    say("\n2. The next check corrects; queue and report follow")
    _round(client, say)
    after = measure(rt)
    _say(say, demo_lines.after(before, after))

    say("\n3. Everything once more: nothing may change")
    _round(client, say)
    second = measure(rt).changes_since(after)
    say(f"  rows changed or added: {second}")

    say("\n4. Taken back")
    undone = _undo(rt, say)
    restored = measure(rt)
    different = sum(restored.rows[key] != before.rows.get(key) for key in restored.rows)
    say(
        f"  wrong calls: {restored.wrong_calls}; rows that differ from the beginning: {different} of {len(before.rows)}"
    )

    say("\n5. Corrected again")
    execute(client, CHECK, say)
    _approve(rt, say)
    execute(client, CHECK, say)
    again = measure(rt)
    say(f"  wrong calls outside the queue: {again.wrong_outside_queue}")
    return {
        "calls": before.written["calls"],
        "wrong_before": before.wrong_calls,
        "corrected": before.wrong_calls - after.wrong_calls,
        "in_review": after.wrong_in_queue,
        "candidates": _named(after),
        "wrong_after": after.wrong_outside_queue,
        "incidents_approved": approved,
        "second_run_changes": second,
        "undone": undone,
        "wrong_after_undo": restored.wrong_calls,
        "rows_not_restored": different,
        "wrong_after_rerun": again.wrong_outside_queue,
    }


def _bookings(rt: Runtime, client: Client, service: Service, fake: FakeCalcom, say: Say) -> dict[str, object]:
    say("\n6. A booking is announced that was never made")
    announced = time.monotonic()
    call = demo_bookings.announce(rt, service, fake, say)

    say("\n7. Cal.com goes away")
    story = demo_bookings.outage(service, fake, say)

    say("\n8. Retell says that the call has been analyzed: looked at again at once, by the service itself")
    time.sleep(max(0.0, _HINT_SECONDS - (time.monotonic() - announced)))
    seconds = demo_bookings.hint(rt, service, call, say)
    execute(client, CHECK, say)
    taken_back = demo_bookings.taken_back(rt, call)
    said = "taken back, with audit and a question of priority 1" if taken_back else "not taken back"
    say(f"  call {call}: {said}")

    say("\n9. Both sides compared")
    filled = fill_calendar(rt, fake)
    execute(client, RECONCILE, say)
    found = compared(rt, filled)
    _say(say, demo_lines.both_sides(filled, found))
    return {
        **story,
        "false_bookings_taken_back": int(taken_back),
        "taken_back_by_hint": int(seconds is not None),
        "hint_seconds": seconds,
        "calendar_differences": sum(count for _, count in found.differences),
        "move_is_one_question": int(found.names_new_time),
        "seats_seen": found.seats,
        "seat_findings": len(found.seat_findings),
    }


def _report(rt: Runtime, say: Say) -> None:
    """Report on the day so far: the report of the DAG is about the day before, which had no demo."""
    say("\n10. The report of the day so far")
    now = rt.now()
    day = day_of(now, rt.settings.report_timezone)
    say(f"  $ consistency report --day {day} --no-check")
    figures = pipeline.report_run(rt, actor=_ACTOR, day=day, check=False).result.figures
    say(f"  found {figures['found']}, corrected {figures['corrected']}, in review {figures['in_review']}")


def _round(client: Client, say: Say) -> None:
    for dag_id in (CHECK, REVIEW, REPORT):
        execute(client, dag_id, say)


def _approve(rt: Runtime, say: Say) -> int:
    found = decisions.list_incidents(rt)
    _say(say, demo_lines.incidents(found))
    for incident in found:
        decisions.approve_incident(rt, incident.id, _PERSON)
        say(f"  $ consistency incident approve {incident.id}")
    return len(found)


def _undo(rt: Runtime, say: Say) -> int:
    undone = 0
    for run_id, _ in correcting_runs(rt):
        say(f"  $ consistency undo --run {run_id}")
        counts = decisions.undo(rt, _PERSON, run_id=run_id)
        say(f"  undone {counts.undone}, refused {counts.refused}")
        undone += counts.undone
    return undone


def _named(facts: Facts) -> int:
    return sum(len(candidates) for _, _, _, candidates in demo_lines.questions(facts))


def _papers(var: Path) -> dict[str, object]:
    """What was published: the newest report, the data docs, the mails."""
    docs = var / "data_docs" / "index.html"
    reports = sorted((var / "data_docs").glob("report*/**/*.html"), key=lambda path: path.stat().st_mtime)
    return {
        "mails": len(list((var / "outbox").glob("*.eml"))),
        "report": str(reports[-1]) if reports else None,
        "data_docs": str(docs) if docs.exists() else None,
    }


def _settings(url: str, var: Path, fake: FakeCalcom) -> dict[str, str]:
    """The defaults, but that corrections are made and a calendar is connected; nothing of the operator's own."""
    return {
        **{name: "" for name in os.environ if name.startswith("CONSISTENCY_")},
        "CONSISTENCY_CONFIG": "",
        "CONSISTENCY_DB_URL": url,
        "CONSISTENCY_VAR": str(var),
        "CONSISTENCY_DRY_RUN": "false",
        "CONSISTENCY_ALERT_EMAILS": "on-call@localhost",
        "CONSISTENCY_CALCOM_URL": fake.url,
        "CONSISTENCY_CALCOM_KEY": KEY,
        "CONSISTENCY_CALCOM_COMPANY": "1",
        "CONSISTENCY_RETELL_HINT_KEY": demo_bookings.RETELL_KEY,
    }


def _clean(var: Path) -> None:
    """Remove what an earlier demo left, except its database, whose schema is made anew."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    airflow.stop(var / "airflow")
    for path in var.iterdir():
        if path.name == _DATABASE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the demo like Ctrl-C: everything that was started is stopped."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(say: Say, lines: list[str]) -> None:
    for line in lines:
        say(line)
