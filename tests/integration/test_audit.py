"""The chain of events and the audit: what was changed or deleted afterwards shows, and is never written back."""

import json
import threading

import pytest
from typer.testing import CliRunner

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.ledger import events, switches
from data_consistency.ledger.chain import Verdict
from data_consistency.ledger.events import Event, Kind
from data_consistency.review import decisions
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.patience import PATIENCE
from tests.people import ADMIN, ANN

_DIRECTION = "call_direction_present"


def _run(rt: Runtime, run_id: str, calls: int = 1) -> list[int]:
    """A run that corrects some calls."""
    made = [worlds.add_call(rt.engine, direction=None) for _ in range(calls)]
    pipeline.begin(rt, run_id, "check", "test")
    pipeline.check_table(rt, table="calls", run_id=run_id, kind="full")
    pipeline.correct_table(rt, table="calls", run_id=run_id, actor="test", rule_id=_DIRECTION)
    pipeline.process_review_queue(rt, run_id=run_id)
    pipeline.finish(rt, run_id)
    return made


def _verify(rt: Runtime) -> Verdict:
    return pipeline.verify_audit(rt)


def test_all_that_happens_hangs_together(rt: Runtime) -> None:
    """Runs, a decision, a switch, an undo, an incident: every link holds, and each change has its row of the audit."""
    _run(rt, "r1", 3)
    opted = worlds.runtime(rt.engine.url.render_as_string(hide_password=False), OPTED_OUT_COMPANIES="1")
    _run(opted, "r2")
    (item,) = decisions.list_questions(rt, ADMIN)
    people.approve(rt, item.id, ANN)
    with rt.transaction() as connection:
        switches.throw(connection, switches.CORRECTIONS, on=False, actor="ops", now=rt.now())
        switches.throw(connection, switches.CORRECTIONS, on=True, actor="ops", now=rt.now())
    decisions.undo(rt, ADMIN, run_id="r1")
    _run(rt, "r3", 30)
    decisions.approve_incident(rt, decisions.list_incidents(rt)[0].id, ADMIN)
    _run(rt, "r4")

    verdict = _verify(rt)

    assert (None, 0) == (verdict.first, verdict.broken)
    (((changes,),),) = (worlds.execute(rt.engine, "SELECT COUNT(*) FROM consistency_corrections"),)
    assert changes == verdict.corrections
    kinds = {str(kind) for (kind,) in worlds.execute(rt.engine, "SELECT DISTINCT kind FROM consistency_events")}
    assert {"run", "finding", "item", "correction", "incident", "switch"} == kinds
    assert [] == worlds.execute(rt.engine, "SELECT id FROM consistency_events WHERE actor = '' OR actor = 'unknown'")


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE consistency_events SET actor = 'somebody' WHERE kind = 'correction' LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET occurred_at = occurred_at - INTERVAL 1 SECOND LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET state_to = 'dismissed' WHERE kind = 'finding' LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET detail = '{}' WHERE kind = 'correction' LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET company_id = 2 WHERE company_id = 1 LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET links = '{}' WHERE links IS NOT NULL LIMIT 1", "does not fit"),
        ("UPDATE consistency_events SET links = '[1]' WHERE links IS NOT NULL", "does not fit"),
        ("UPDATE consistency_events SET links = '{\"runs\": 7, \"events\": null}' WHERE kind = 'run'", "does not fit"),
        ("DELETE FROM consistency_events WHERE kind = 'correction' LIMIT 1", "is gone"),
        ("DELETE FROM consistency_events WHERE run_id = 'r1' ORDER BY id LIMIT 1", "is gone"),
        ("DELETE FROM consistency_events WHERE run_id = 'r1' AND links IS NOT NULL", "is gone"),
        ("DELETE FROM consistency_events WHERE run_id = 'r1'", "is gone"),
        ("DELETE FROM consistency_events WHERE run_id = 'r2' AND links IS NOT NULL", "the event of its end is gone"),
        (
            'UPDATE consistency_corrections SET before_values = \'{"direction": "x"}\' LIMIT 1',
            "is not what was written",
        ),
        ("UPDATE consistency_corrections SET after_values = '{}' LIMIT 1", "is not what was written"),
        ("UPDATE consistency_corrections SET entity_id = 99 LIMIT 1", "is not what was written"),
        ("UPDATE consistency_corrections SET company_id = 2 LIMIT 1", "is not what was written"),
        ("DELETE FROM consistency_corrections LIMIT 1", "rows of the audit are gone"),
        (
            "INSERT INTO consistency_corrections (run_id, rule, rule_fingerprint, correction, table_name, entity_id,"
            " company_id, before_values, after_values, evidence, actor, applied_at) SELECT run_id, rule,"
            " rule_fingerprint, correction, table_name, entity_id, company_id, before_values, after_values, evidence,"
            " actor, applied_at FROM consistency_corrections LIMIT 1",
            "is not what was written",
        ),
    ],
)
def test_whatever_is_changed_or_deleted_shows(rt: Runtime, statement: str, what: str) -> None:
    """The first broken link is named, by event or run, and the command ends with status 1."""
    _run(rt, "r1", 2)
    _run(rt, "r2")
    assert _verify(rt).first is None
    worlds.execute(rt.engine, statement)

    verdict = _verify(rt)
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    typed = CliRunner(env=environment).invoke(build_app(), ["audit", "verify"])

    assert verdict.first is not None
    assert what in verdict.first.what
    assert 1 == typed.exit_code
    assert "BROKEN: " in typed.stdout
    assert verdict.first.what in typed.stdout


def test_a_chain_that_holds_is_said_in_a_line(rt: Runtime) -> None:
    """Status 0; with --json the same for machines."""
    _run(rt, "r1")
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}

    typed = CliRunner(env=environment).invoke(build_app(), ["audit", "verify"])
    document = json.loads(CliRunner(env=environment).invoke(build_app(), ["audit", "verify", "--json"]).stdout)

    assert (0, True) == (typed.exit_code, "every link holds" in typed.stdout)
    assert (1, None) == (document["corrections"], document["first"])


def test_a_run_ends_whatever_somebody_has_written_into_the_chain(rt: Runtime) -> None:
    """What is broken is told by whoever follows it; nobody's work stops for it."""
    _run(rt, "r1")
    worlds.execute(rt.engine, "UPDATE consistency_events SET links = '[null]'")

    _run(rt, "r2")

    assert [("succeeded",)] == worlds.execute(rt.engine, "SELECT status FROM consistency_runs WHERE id = 'r2'")
    assert _verify(rt).first is not None


def test_a_clock_that_was_set_back_breaks_nothing(rt: Runtime) -> None:
    """Changes that look older than the first event are tied to their events all the same."""
    _run(rt, "r1")
    worlds.execute(rt.engine, "UPDATE consistency_corrections SET applied_at = applied_at - INTERVAL 1 DAY")

    assert _verify(rt).first is None


def test_forged_values_are_never_written_back(rt: Runtime) -> None:
    """Undo restores what an event vouches for; the rest is refused and named, whatever stands in the audit."""
    forged, honest = _run(rt, "r1", 2)
    worlds.execute(
        rt.engine,
        'UPDATE consistency_corrections SET before_values = \'{"direction": "outbound"}\' WHERE entity_id = :id',
        id=forged,
    )

    counts = decisions.undo(rt, ADMIN, run_id="r1")

    assert (1, 1) == (counts.undone, counts.refused)
    assert "audit verify" in counts.refused_rows[0]
    assert ("inbound", None) == (
        worlds.row(rt.engine, "calls", forged)["direction"],
        worlds.row(rt.engine, "calls", honest)["direction"],
    )


def test_what_has_been_taken_back_is_not_taken_back_again(rt: Runtime) -> None:
    """Once, and with the event of who did it."""
    (call,) = _run(rt, "r1")
    decisions.undo(rt, ANN, table="calls", entity_id=call)

    again = decisions.undo(rt, ADMIN, run_id="r1")

    assert (0, 0) == (again.undone, again.refused)
    assert [("ann", 1)] == worlds.execute(
        rt.engine, "SELECT undone_by, COUNT(*) FROM consistency_undos GROUP BY undone_by"
    )
    assert [("applied", "undone", "ann")] == worlds.execute(
        rt.engine,
        "SELECT state_from, state_to, actor FROM consistency_events WHERE kind = 'correction' AND state_to = 'undone'",
    )
    assert _verify(rt).first is None


def test_tasks_of_a_run_wait_for_nobody(rt: Runtime) -> None:
    """Two transactions of one run, and one of another, append at once; each sees only what was there when it began."""
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.begin(rt, "r2", "check", "test")
    happened = Event(kind=Kind.FINDING, state_from=None, state_to="open")
    inside, done = threading.Barrier(3), []

    def append(run_id: str) -> None:
        with rt.transaction() as connection:
            events.append(connection, [happened] * 3, run_id=run_id, now=rt.now())
            inside.wait(timeout=PATIENCE)  # all three hold their transactions open
            done.append(run_id)

    threads = [threading.Thread(target=append, args=(run,)) for run in ("r1", "r1", "r2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run in ("r1", "r2"):
        pipeline.finish(rt, run)

    assert ["r1", "r1", "r2"] == sorted(done)
    assert _verify(rt).first is None
    forks = worlds.execute(
        rt.engine, "SELECT previous FROM consistency_events WHERE run_id = 'r1' GROUP BY previous HAVING COUNT(*) > 1"
    )
    assert 1 == len(forks)
    worlds.execute(rt.engine, "DELETE FROM consistency_events WHERE run_id = 'r1' AND kind = 'finding' LIMIT 1")
    assert _verify(rt).first is not None


def test_a_chain_may_be_followed_while_it_grows(rt: Runtime) -> None:
    """What is written meanwhile does not look broken."""
    _run(rt, "r1")
    stop, verdicts = threading.Event(), []

    def follow() -> None:
        while not stop.is_set():
            verdicts.append(_verify(rt).first)

    thread = threading.Thread(target=follow)
    thread.start()
    for number in range(3):
        _run(rt, f"s{number}")
    stop.set()
    thread.join()

    assert {None} == set(verdicts)


def test_what_is_beyond_its_time_goes_by_whole_runs_and_leaves_the_chain_whole(rt: Runtime) -> None:
    """A checkpoint names what is gone; a younger run keeps all of its events; the rest can still be undone."""
    _run(rt, "old")
    for table, column in (("consistency_events", "occurred_at"), ("consistency_corrections", "applied_at")):
        worlds.execute(rt.engine, f"UPDATE {table} SET {column} = {column} - INTERVAL 400 DAY WHERE run_id = 'old'")
    # As if it had been written then: the hash says when.
    _rehash(rt, "old")
    _run(rt, "young")
    assert _verify(rt).first is None

    counts = pipeline.prune_audit(rt, actor="ops")

    assert (1, 1) == (counts.runs, counts.corrections)
    assert [] == worlds.execute(rt.engine, "SELECT id FROM consistency_events WHERE run_id = 'old'")
    assert _verify(rt).first is None
    assert 1 == decisions.undo(rt, ADMIN, run_id="young").undone
    assert [("ops",)] == worlds.execute(rt.engine, "SELECT actor FROM consistency_events WHERE kind = 'checkpoint'")
    worlds.execute(rt.engine, "DELETE FROM consistency_events WHERE kind = 'checkpoint'")
    assert _verify(rt).first is not None


def _rehash(rt: Runtime, run_id: str) -> None:
    """Make the chain of a run anew over what its rows say, in their order."""
    with rt.engine.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT * FROM consistency_events WHERE run_id = %s ORDER BY id", (run_id,)
        ).mappings()
        fresh: dict[str, str] = {}
        for row in list(rows):
            said = dict(row)
            said["previous"] = fresh.get(str(said["previous"]), said["previous"])
            if said["links"] is not None:
                links = json.loads(str(said["links"]))
                said["links"] = json.dumps(
                    {name: [fresh.get(one, one) for one in found] for name, found in links.items()}
                )
            new = events.hash_of(said)
            fresh[str(row["hash"])] = new
            connection.exec_driver_sql(
                "UPDATE consistency_events SET previous = %s, links = %s, hash = %s WHERE id = %s",
                (said["previous"], said["links"], new, row["id"]),
            )
