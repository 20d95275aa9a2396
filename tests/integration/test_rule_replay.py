"""Replay: a rule on stored history, against what people decided, with not a row changed."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from consistency_sandbox.servers import private
from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.correct.undo import triggers_off
from data_consistency.errors import CheckNotEvaluated, InvalidRule, WrongUse
from data_consistency.pipeline.replay import Replay
from data_consistency.review import decisions
from data_consistency.rules import Mode, Rule
from data_consistency.runtime import Runtime
from tests import people, worlds
from tests.people import ADMIN
from tests.schemas import Schemas

_DIRECTION = "call_direction_present"
_CLAIM = "booking_claim_has_appointment"
_TABLES = (
    *("calls", "appointments", "customers", "data_consistency_alerts", "manual_review_queue"),
    *("consistency_corrections", "consistency_outbox", "consistency_runs", "consistency_rule_results"),
)


@pytest.fixture
def guarded(database_server: private.Server, schemas: Schemas) -> Iterator[Runtime]:
    """A schema with our triggers, which would repair what a replay writes back."""
    with schemas.use(database_server, "with triggers", lambda url: worlds.create(url, triggers=True)) as url:
        runtime = worlds.runtime(url)
        yield runtime
        runtime.engine.dispose()


def _run(rt: Runtime, run_id: str) -> None:
    pipeline.begin(rt, run_id, "check", "test")
    for table in rt.suites():
        pipeline.check_table(rt, table=table, run_id=run_id, kind="full")
        pipeline.correct_table(rt, table=table, run_id=run_id, actor="test")
    pipeline.finish(rt, run_id)


def _rule(rt: Runtime, rule_id: str) -> Rule:
    return next(rule for rule in rt.suites()["calls"].rules if rule.id == rule_id)


def _replay(rt: Runtime, rule_id: str, **options: object) -> Replay:
    """Replay, and prove that no table differs afterwards."""
    before = _checksums(rt)
    result = pipeline.replay_rule(rt, rt.suites()["calls"], _rule(rt, rule_id), **({"days": 30} | options))  # type: ignore[arg-type]
    assert before == _checksums(rt)
    return result


def _checksums(rt: Runtime) -> list[tuple[object, ...]]:
    return worlds.execute(rt.engine, f"CHECKSUM TABLE {', '.join(_TABLES)}")


def _bad_call(rt: Runtime, direction: str | None) -> int:
    """A call that no trigger has repaired."""
    call = worlds.add_call(rt.engine)
    update = "UPDATE calls SET direction = :direction, consistency_changed_at = consistency_changed_at WHERE id = :id"
    with rt.engine.begin() as connection, triggers_off(connection):
        connection.execute(text(update), {"direction": direction, "id": call})
    return call


def test_rows_of_today_and_of_then_are_judged(guarded: Runtime) -> None:
    """A corrected row opens again as it was, an open one as it is; triggers keep out of it; nothing is changed."""
    corrected = _bad_call(guarded, None)
    _run(guarded, "r1")
    new = _bad_call(guarded, "")

    result = _replay(guarded, _DIRECTION)

    assert "inbound" == worlds.row(guarded.engine, "calls", corrected)["direction"]
    assert (2, 1, 1, 2, 0) == (result.would_open, result.known, result.new, result.would_fix, result.mails)
    assert ((corrected, new), {"1": 2}) == (result.ids, result.companies)
    assert (1, 0) == (result.rows_written_back, result.rows_not_written_back)
    assert result.agreement_percent is None


def test_what_people_decided_is_compared(rt: Runtime) -> None:
    """Approved, dismissed and undone rows; refusals by code; one mail for each check with a critical finding."""
    approved, dismissed, undone = (
        worlds.add_call(rt.engine, session_outcome="appointment_booked", booking_id=f"b{n}") for n in range(3)
    )
    for call in (approved, dismissed):
        worlds.add_appointment(rt.engine, calcom_v2_booking_uid=f"b{call - approved}")
    _run(rt, "r1")
    items = {
        int(str(call)): int(str(item))
        for call, item in worlds.execute(
            rt.engine, "SELECT entity_id, id FROM manual_review_queue WHERE JSON_VALUE(context, '$.why') <> 'corrected'"
        )
    }
    people.approve(rt, items[approved])
    people.dismiss(rt, items[dismissed])
    decisions.undo(rt, ADMIN, table="calls", entity_id=undone)

    result = _replay(rt, _CLAIM)

    assert (3, 3, 0) == (result.would_open, result.known, result.new)
    assert (1, {"candidate_found": 2}) == (result.would_fix, result.would_refuse)
    assert (1, 1, 1, 0) == (
        result.decisions.approved,
        result.decisions.dismissed,
        result.decisions.undone,
        result.decisions.not_opened,
    )
    assert 33.3 == result.agreement_percent
    assert 1 == result.mails


def test_a_changed_condition_is_tried(rt: Runtime) -> None:
    """What it would not open is counted; a wrong or impossible condition is refused."""
    missing, empty = worlds.add_call(rt.engine, direction=None), worlds.add_call(rt.engine, direction="")
    _run(rt, "r1")

    result = _replay(rt, _DIRECTION, condition="direction IS NOT NULL")

    assert (1, (missing,), 1) == (result.would_open, result.ids, result.no_longer_opened)
    assert empty not in result.ids
    assert result.fingerprint != _rule(rt, _DIRECTION).fingerprint
    with pytest.raises(InvalidRule, match="unknown column"):
        _replay(rt, _DIRECTION, condition="heading = 1")
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    with pytest.raises(CheckNotEvaluated, match=r"column calls.direction is missing"):
        _replay(rt, _DIRECTION)


def test_a_rule_in_shadow_is_tried_as_if_it_corrected(rt: Runtime) -> None:
    """That is how people decide whether to promote it."""
    young = worlds.add_call(rt.engine, direction=None, created_at=rt.now(), consistency_changed_at=rt.now())
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(26)]
    suite = rt.suites()["calls"]
    shadow = replace(_rule(rt, _DIRECTION), mode=Mode.SHADOW, min_age_minutes=60)

    result = pipeline.replay_rule(rt, suite, shadow, days=1)

    assert ("shadow", 27, 27, 26, 1, True) == (
        result.mode,
        result.would_open,
        result.new,
        result.would_fix,
        result.would_wait,
        result.above_cap,
    )
    assert tuple([young, *calls][:20]) == result.ids


def test_too_many_rows_are_refused(rt: Runtime) -> None:
    """Rows that a correction has changed, and rows that the rule finds."""
    for _ in range(2):
        worlds.add_call(rt.engine, direction=None)
    with pytest.raises(WrongUse, match="finds 2 rows, more than 1"):
        _replay(rt, _DIRECTION, max_rows=1)
    _run(rt, "r1")

    with pytest.raises(WrongUse, match="2 rows were corrected in this time, more than 1"):
        _replay(rt, _DIRECTION, max_rows=1)


def test_a_row_the_database_refuses_is_said(rt: Runtime) -> None:
    """An appointment whose former call is gone is judged as it is."""
    call = worlds.add_call(rt.engine)
    appointment = worlds.add_appointment(
        rt.engine, source="phone", metadata=json.dumps({"call_id": call}), created_at=worlds.long_ago()
    )
    _run(rt, "r1")
    assert call == worlds.row(rt.engine, "appointments", appointment)["call_id"]
    worlds.execute(
        rt.engine,
        "UPDATE consistency_corrections SET before_values = '{\"call_id\": 999999}' WHERE table_name = 'appointments'",
    )

    result = _replay(rt, "appointment_is_flagged_on_call")

    assert 1 == result.rows_not_written_back


def _type(rt: Runtime, *words: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": rt.engine.url.render_as_string(hide_password=False)}
    return CliRunner(env=environment).invoke(build_app(), ["rules", "replay", *words], catch_exceptions=False)


def test_the_command_prints_counts_and_ids_only(rt: Runtime) -> None:
    """For people and for machines; a rule that does not exist is wrong use."""
    call = worlds.add_call(rt.engine, direction=None, customer_name="Petra König")
    _run(rt, "r1")

    said = _type(rt, "--rule", _DIRECTION)
    document = json.loads(_type(rt, "--rule", _DIRECTION, "--days", "7", "--json").stdout)

    assert "would open    1: 1 known findings, 0 new" in said.stdout
    assert f"ids           {call}" in said.stdout
    assert "agreement: nobody decided anything" in said.stdout
    assert "König" not in said.stdout
    assert (1, 7, {"1": 1}) == (document["would_fix"], document["days"], document["companies"])
    with pytest.raises(WrongUse, match="no rule 'nothing'"):
        _type(rt, "--rule", "nothing")
