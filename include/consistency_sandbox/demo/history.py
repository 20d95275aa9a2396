"""Two weeks before the bad morning: calls of each day, checked, corrected and reported at the time of that day.

Nothing is written into our tables by hand. The clocks of the process and of the database's sessions are set back, and
the runs are those that a scheduler would have made, so that trends, reports and audit are as after two weeks of work.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import cycle

from sqlalchemy import event

from consistency_sandbox.demo.bad_morning import SEED, insert_rows
from consistency_sandbox.demo.calls import add_call
from consistency_sandbox.demo.world import build_world
from data_consistency import pipeline
from data_consistency.db.engine import make_engine
from data_consistency.ledger import switches
from data_consistency.ledger.runs import new_run_id
from data_consistency.pipeline.session import begin, ending, finish
from data_consistency.runtime import Runtime

DAYS = 14
_ACTOR = "demo"
_FIRST_ID = 1000  # the bad morning has the ids before
_CALLS_A_DAY = 24
_CALLED_AT = time(8, 0)  # the last of the calls
_CHECKED_AT = time(10, 5)
_REPORTED_AT = time(2, 0)
_OPENED_AT = time(5, 30)


def live_through(rt: Runtime, now: datetime) -> dict[str, int]:
    """Live through the days before the bad morning of a demo that was just loaded.

    Args:
        rt: a schema of a demo; dry run or not, its corrections are made.
        now: UTC, naive.

    Returns:
        Calls, and how many of them were wrong and corrected.
    """
    allowed = replace(rt, source=replace(rt.source, dry_run=False, corrections_enabled=True))
    totals = {"calls": 0, "wrong": 0, "corrected": 0}
    # Triggers would not have let such rows in: they came with this system.
    with _without_triggers(rt):
        for days in range(DAYS + 2, 2, -1):
            day = (now - timedelta(days=days)).date()
            with _at(allowed, datetime.combine(day, _CALLED_AT)) as then:
                calls, wrong = _calls_of(then, days)
            with _at(allowed, datetime.combine(day, _CHECKED_AT)) as then:
                corrected = _check(then)
            with _at(allowed, datetime.combine(day + timedelta(days=1), _REPORTED_AT)) as then:
                _report(then)
            totals = {
                "calls": totals["calls"] + calls,
                "wrong": totals["wrong"] + wrong,
                "corrected": totals["corrected"] + corrected,
            }
    return totals


@contextmanager
def _without_triggers(rt: Runtime) -> Iterator[None]:
    def throw(*, on: bool) -> None:
        rt.repeated(lambda connection: switches.throw(connection, switches.TRIGGERS, on=on, actor=_ACTOR, now=rt.now()))

    throw(on=False)
    try:
        yield
    finally:
        throw(on=True)


@contextmanager
def _at(rt: Runtime, moment: datetime) -> Iterator[Runtime]:
    """A runtime for whom it is another time, also in its database sessions."""
    aware = moment.replace(tzinfo=UTC)
    engine = make_engine(rt.engine.url.render_as_string(hide_password=False), rt.project, zone=rt.source.timezone)

    @event.listens_for(engine, "checkout")
    def _set_clock(raw: object, _record: object, _proxy: object) -> None:
        with raw.cursor() as cursor:  # type: ignore[attr-defined]  # a connection of the driver
            cursor.execute(f"SET timestamp = {aware.timestamp():.6f}")

    try:
        yield replace(rt, engine=engine, clock=lambda: aware)
    finally:
        engine.dispose()


def _calls_of(then: Runtime, number: int) -> tuple[int, int]:
    """A day's calls, some of them wrong: fewer from week to week, as somebody mends what makes them so."""
    morning = datetime.combine(then.now().date(), _OPENED_AT)
    world = build_world(random.Random(SEED), morning - timedelta(days=200))  # noqa: S311  # the demo's companies
    world.chance = random.Random(number)  # noqa: S311  # nothing secret
    wrong = 2 + number // 3 + world.chance.randrange(3)
    first = _FIRST_ID + number * _CALLS_A_DAY
    for n, place in zip(range(_CALLS_A_DAY), cycle(world.places), strict=False):
        call = add_call(world, place, morning, id=first + n)
        if n < wrong:
            call.update({"direction": None} if n % 3 else {"customer_link_status": "unlinked"})
    with then.engine.begin() as connection:
        insert_rows(connection, "calls", world.rows["calls"])
    return _CALLS_A_DAY, wrong


def _check(then: Runtime) -> int:
    """The check of that day's rows, and the corrections that follow it."""
    run_id = new_run_id("check", then.now(), then.source)
    begin(then, run_id, "check", _ACTOR)
    with ending(then, run_id):
        pipeline.check_table(then, table="calls", run_id=run_id, kind="range", first_id=_FIRST_ID)
        counts = pipeline.correct_table(then, table="calls", run_id=run_id, actor=_ACTOR)
        pipeline.fill_review_queue(then, run_id=run_id)
    finish(then, run_id)
    return counts.corrected


def _report(then: Runtime) -> None:
    pipeline.report_run(then, actor=_ACTOR, check=False)
