"""What commands tell a person beside their result: how many there are, what comes next, how far they are, by whom."""

import json
import os
import pty
import subprocess
import sys

import pytest
from typer.testing import CliRunner, Result

from data_consistency import pipeline, progress
from data_consistency.cli import build_app
from data_consistency.correct import applying
from data_consistency.errors import WrongUse
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations, versions
from tests import worlds


def _settings(rt: Runtime) -> dict[str, str]:
    return {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False), "CONSISTENCY_DRY_RUN": "false"}


def _type(rt: Runtime, *words: str, **settings: str) -> Result:
    environment = _settings(rt) | {f"CONSISTENCY_{name}": value for name, value in settings.items()}
    return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False)


def _next(result: Result) -> list[str]:
    """The command that is offered, as words."""
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("next: consistency")]
    return line.removeprefix("next: consistency ").split(";")[0].split(" takes")[0].split()


def test_a_long_list_says_how_many_there_are_and_how_it_goes_on(rt: Runtime) -> None:
    """Page after page without a gap, by the words that are printed; each filter alone."""
    worlds.execute(
        rt.engine,
        "INSERT INTO manual_review_queue (company_id, entity_type, entity_id, reason, priority, fingerprint,"
        " created_at, updated_at, context) SELECT 1 + seq % 2, 'call', seq,"
        " IF(seq = 7, 'call_direction_present', 'gone'), 5, CONCAT('f', seq),"
        " UTC_TIMESTAMP(6) - INTERVAL seq HOUR, UTC_TIMESTAMP(6), '{}'"
        f" FROM {worlds.series(1, 120)}",
    )

    first = _type(rt, "queue", "list")
    seen: list[int] = []
    after: list[str] = []
    while True:
        page = json.loads(_type(rt, "queue", "list", "--json", *after).stdout)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]

    assert "50 of 120 shown" in first.stdout
    assert "next: the same with --after " in first.stdout
    assert (120, 120) == (len(seen), len(set(seen)))
    for words, total in (
        (["--company", "1"], 60),
        (["--rule", "call_direction_present"], 1),
        (["--text", "has direction"], 1),
        (["--text", "7"], 1),
        (["--older", "4"], 25),
        (["--assignee", "nobody"], 0),
        (["--state", "snoozed"], 0),
    ):
        assert total == json.loads(_type(rt, "queue", "list", "--json", *words).stdout)["total"], words
    with pytest.raises(WrongUse, match="begin at the first"):
        _type(rt, "queue", "list", "--after", "x")


def test_each_command_ends_with_the_next_one(rt: Runtime) -> None:
    """From the finding to taking it back by typing what is printed."""
    call = worlds.add_call(rt.engine, direction="odd")

    found = _type(rt, "check")
    planned = _type(rt, *_next(found))
    applied = _type(rt, *_next(planned))
    corrected = worlds.row(rt.engine, "calls", call)["direction"]
    undone = _type(rt, *_next(applied))

    assert "plan" == _next(found)[0]
    assert f"{call}: direction odd -> inbound" in planned.stdout
    assert ["apply", "--no-dry-run"] == _next(planned)
    assert "inbound" == corrected
    assert "undone 1" in undone.stdout
    assert "odd" == worlds.row(rt.engine, "calls", call)["direction"]


def test_a_plan_says_what_it_leaves_to_people(rt: Runtime) -> None:
    """As the run does it: rows of a company that wants no automatic change are not among those it corrects."""
    for company in (1, 1, 2):
        worlds.add_call(rt.engine, direction=None, company_id=company, phone_number_id=None)
    _type(rt, "check")

    planned = _type(rt, "plan", OPTED_OUT_COMPANIES="1")
    words = ("apply", "--rule", "call_direction_present", "--json")
    applied = json.loads(_type(rt, *words, OPTED_OUT_COMPANIES="1").stdout)

    calls = next(table for table in applied["tables"] if table["table"] == "calls")
    assert "calls.call_direction_present: correct 1, waiting 0, oscillating 0, opted out 2" in planned.stdout
    assert 2 == calls["to_review"]
    assert 1 == calls["planned"]


def test_what_was_stopped_and_asked_is_told_with_its_command(rt: Runtime) -> None:
    """An incident and a question, each reached by what is printed."""
    for _ in range(26):
        worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, session_outcome="nonsense")
    _type(rt, "check")

    applied = _type(rt, "apply")
    listed = _type(rt, "incident", "list")
    question = _type(rt, "queue", "list")
    claimed = _type(rt, "queue", "claim", _next(question)[-1])
    shown = _type(rt, *_next(claimed))

    assert "1 stopped: consistency incident list" in applied.stdout
    assert "incident" == _next(listed)[0]
    assert ["incident", "approve"] == _next(_type(rt, *_next(listed)))[:2]
    assert ["queue", "approve"] == _next(shown)[:2]


def test_a_person_is_named_where_several_share_a_login(rt: Runtime) -> None:
    """In the item, told at once; the next command is the login's again."""
    worlds.add_call(rt.engine, session_outcome="nonsense")
    _type(rt, "check")
    number = _next(_type(rt, "queue", "list"))[-1]

    claimed = _type(rt, "--as", "anna", "queue", "claim", number)
    (owner,) = worlds.execute(rt.engine, "SELECT assigned_to FROM manual_review_queue")
    with pytest.raises(WrongUse, match="cli:anna"):
        _type(rt, "queue", "claim", number)

    assert "cli:anna" in claimed.stdout
    assert ("cli:anna",) == owner
    for name in ("", "  ", "a\nb", "x" * 97):
        with pytest.raises(WrongUse, match="--as"):
            _type(rt, "--as", name, "queue", "list")


def test_long_work_shows_how_far_it_is_to_who_sits_there(rt: Runtime) -> None:
    """On a terminal the tables, rows and share; in a script not a letter of it."""
    for _ in range(3):
        worlds.add_call(rt.engine)
    command = [sys.executable, "-m", "data_consistency", "check", "--full"]
    environment = {**os.environ, **_settings(rt), "TERM": "xterm", "COLUMNS": "120"}
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        told = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other side has closed
                break
            told += piece
        assert process.stdout is not None
        result = process.stdout.read()
    os.close(ours)
    quiet = subprocess.run(command, capture_output=True, env=environment, check=False)

    assert b"checking " in told
    assert b"%" in told
    assert b"open findings" in result
    assert b"checking" not in result
    assert b"" == quiet.stderr


def test_steps_of_a_migration_are_told(empty_schema: str) -> None:
    """Each once, up and down, of how many."""
    from consistency_sandbox.source_schema import create_source_schema

    engine = worlds.make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    steps = len(versions.known())
    up: list[tuple[str, int, int]] = []
    down: list[tuple[str, int, int]] = []

    with progress.told_to(lambda *told: up.append(told)):
        migrations.migrate(engine, adopt=worlds.schema_of(empty_schema), environment="test")
    with progress.told_to(lambda *told: down.append(told)):
        migrations.rollback(engine)
    engine.dispose()

    for told in (up, down):
        assert [(number, steps) for number in range(1, steps + 1)] == [(done, total) for _, done, total in told]


def test_corrections_and_replays_tell_how_far_they_are(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of each rule, batch by batch; of a replay both states of the rows; none without a listener."""
    monkeypatch.setattr(applying, "BATCH_ROWS", 2)
    for _ in range(5):
        worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    told: list[tuple[str, int, int]] = []

    with progress.told_to(lambda *one: told.append(one)):
        pipeline.correct_table(rt, table="calls", run_id="r1", actor="test")
        suite = rt.suite_of("calls")
        rule = next(rule for rule in suite.rules if rule.id == "call_direction_present")
        pipeline.replay_rule(rt, suite, rule, days=1)
    heard = len(told)
    pipeline.replay_rule(rt, suite, rule, days=1)

    assert [(n, 5) for n in (0, 2, 4, 5)] == [one[1:] for one in told if one[0].endswith("call_direction_present")]
    assert [0, 1, 2] == [done for _, done, total in told[-3:] if total == 2]
    assert heard == len(told)


def test_a_shell_is_offered_words() -> None:
    """As its completion asks for them."""
    asked = {"_CONSISTENCY_COMPLETE": "complete_bash", "COMP_WORDS": "consistency queue sn", "COMP_CWORD": "2"}

    done = subprocess.run(
        [sys.executable, "-m", "data_consistency"],
        capture_output=True,
        text=True,
        env=os.environ | asked,
        check=False,
    )

    assert (0, "snooze", "") == (done.returncode, done.stdout.strip(), done.stderr)
