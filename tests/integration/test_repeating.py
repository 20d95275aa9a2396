"""What the database undoes is done again as a whole; what nobody answered is never repeated behind one's back."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.calendar import mirror
from data_consistency.correct import applying
from data_consistency.correct.undo import triggers_off
from data_consistency.db import sql
from data_consistency.db.transactions import repeated, rolled_back, savepoint, transaction
from data_consistency.errors import DatabaseUnavailable, NotStored, OutcomeUnknown, UnmarkedSchema, WrongUse
from data_consistency.ledger import switches
from data_consistency.pipeline.correct import CorrectionCounts
from data_consistency.pipeline.session import ending
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations
from tests import worlds
from tests.lossy import Lost, killed_after, lossy_road

# What migrate was told to leave out, and what the migration itself sets, stands in the same table.
_SWITCHES = "FROM consistency_settings WHERE updated_by = 'test'"
_RULE = "call_direction_present"
# The row does not look touched lately, or it would be left alone.
_THEIRS = "UPDATE calls SET summary = 'theirs', consistency_changed_at = consistency_changed_at WHERE id = :id"


@pytest.fixture
def other(rt: Runtime) -> Iterator[Connection]:
    """Somebody else's session, heavier than ours: of two that wait for each other, the lighter one is undone."""
    engine = worlds.make_engine(rt.engine.url)
    worlds.execute(rt.engine, "CREATE TABLE load_of_another (id INT PRIMARY KEY)")
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO load_of_another SELECT seq FROM seq_1_to_5000"))
        yield connection
        connection.rollback()
    engine.dispose()


def _audits(rt: Runtime, call: int | None = None) -> int:
    where = "" if call is None else f" WHERE entity_id = {call}"
    ((count,),) = worlds.execute(rt.engine, f"SELECT COUNT(*) FROM consistency_corrections{where}")
    return int(str(count))


def _until_somebody_waits(rt: Runtime) -> None:
    while worlds.execute(rt.engine, "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")[0][1] == "0":
        pass


def test_the_victim_of_a_deadlock_corrects_all_the_same(
    rt: Runtime, other: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch is repeated from its first lock on; each row is corrected and audited once."""
    first, second = (worlds.add_call(rt.engine, direction=None) for _ in range(2))
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table="calls", run_id="r1")
    done: list[CorrectionCounts] = []
    correct = partial(pipeline.correct_table, rt, table="calls", run_id="r1", actor="test", rule_id=_RULE)
    other.execute(text(_THEIRS), {"id": second})

    with caplog.at_level(logging.WARNING):
        ours = threading.Thread(target=lambda: done.append(correct()))
        ours.start()
        _until_somebody_waits(rt)
        other.execute(text(_THEIRS), {"id": first})
        other.commit()
        ours.join()

    assert [2] == [counts.corrected for counts in done]
    assert 2 == _audits(rt)
    assert {"inbound"} == {worlds.row(rt.engine, "calls", call)["direction"] for call in (first, second)}
    assert "deadlock" in caplog.text
    assert "1213" in caplog.text
    assert "SAVEPOINT" not in caplog.text


def test_rows_that_stay_locked_are_told_as_such(rt: Runtime, other: Connection) -> None:
    """After the last attempt: what may pass, by its own name; nothing was changed."""
    call = worlds.add_call(rt.engine)
    other.execute(text("UPDATE calls SET summary = 'theirs' WHERE id = :id"), {"id": call})
    impatient = worlds.make_engine(rt.engine.url, patience_seconds=1.4)
    tried: list[int] = []

    def work(connection: Connection) -> None:
        tried.append(1)
        switches.throw(connection, switches.TRIGGERS, on=False, actor="test", now=rt.now())
        with savepoint(connection):
            connection.execute(text("UPDATE calls SET summary = 'ours' WHERE id = :id"), {"id": call})

    with pytest.raises(DatabaseUnavailable, match=r"hold the rows too long \(error 1205\); repeat it later"):
        repeated(impatient, work)

    impatient.dispose()
    assert 3 == len(tried)
    assert [] == worlds.execute(rt.engine, f"SELECT * {_SWITCHES}")


def test_a_part_that_one_row_spoils_is_taken_back_alone(rt: Runtime) -> None:
    """What was done before it in the transaction stays."""

    def spoil(connection: Connection) -> None:
        with savepoint(connection):
            switches.throw(connection, switches.CORRECTIONS, on=False, actor="test", now=rt.now())
            raise WrongUse("this row")

    with transaction(rt.engine) as connection:
        switches.throw(connection, switches.TRIGGERS, on=False, actor="test", now=rt.now())
        with pytest.raises(WrongUse):
            spoil(connection)

    assert [("triggers_enabled",)] == worlds.execute(rt.engine, f"SELECT name {_SWITCHES}")


def test_a_connection_asks_once_in_a_run_whose_schema_it_is(rt: Runtime) -> None:
    """And in the next run again, as outside of runs each transaction does."""
    sent: list[str] = []
    event.listen(rt.engine, "before_cursor_execute", lambda *said: sent.append(said[2]))

    def asked(times: int) -> int:
        sent.clear()
        for _ in range(times):
            with transaction(rt.engine):
                pass
        return len(sent)

    _know_columns(rt.engine)
    alone = asked(3)
    with rt.one_run():
        first = asked(3)
    with rt.one_run():
        worlds.execute(rt.engine, "DELETE FROM consistency_marker")
        with pytest.raises(UnmarkedSchema):
            asked(1)

    assert (3, 1) == (alone, first)


def _know_columns(engine: Engine) -> None:
    """What a connection asks once stands in no count of statements."""
    with engine.connect() as connection:
        sql.walls_of(connection)


def test_a_connection_killed_at_any_statement_corrects_once(rt: Runtime) -> None:
    """The batch is repeated; only where the commit itself was lost is the caller told that nobody knows."""
    suite = rt.suite_of("calls")
    rule = next(rule for rule in suite.rules if rule.id == _RULE)
    order = applying.Order(suite=suite, rule=rule, run_id="r1", actor="test", now=rt.now())

    def correct(call: int) -> tuple[int, ...]:
        return rt.repeated(lambda connection: applying.apply(connection, order, [call])).corrected

    with killed_after(rt.engine, 0, rt.engine) as seen:
        call = worlds.add_call(rt.engine, direction=None)
        _know_columns(rt.engine)
        seen.clear()
        assert (call,) == correct(call)
        steps = len(seen)

    assert steps > 10
    for number in range(1, steps):
        call = worlds.add_call(rt.engine, direction=None)
        with killed_after(rt.engine, number, rt.engine):
            assert (call,) == correct(call)
        assert 1 == _audits(rt, call)
    call = worlds.add_call(rt.engine, direction=None)
    with killed_after(rt.engine, steps, rt.engine), pytest.raises(OutcomeUnknown):
        correct(call)
    assert 0 == _audits(rt, call)


@pytest.mark.parametrize(("lost", "made"), [(Lost.COMMIT, False), (Lost.ANSWER, True)])
def test_a_commit_without_an_answer_is_not_repeated(rt: Runtime, lost: Lost, made: bool) -> None:
    """It may have been made: the caller is told so, and looks."""
    tried: list[int] = []

    def work(connection: Connection) -> None:
        tried.append(1)
        switches.throw(connection, switches.TRIGGERS, on=False, actor="test", now=rt.now())

    with lossy_road(rt.engine.url) as (road, url):
        engine = worlds.make_engine(url)
        road.lose = lost
        with pytest.raises(OutcomeUnknown, match="may have been made or not; look before repeating it"):
            repeated(engine, work)
        engine.dispose()

    assert [1] == tried
    assert made is bool(worlds.execute(rt.engine, f"SELECT * {_SWITCHES}"))


def test_a_run_goes_on_where_a_commit_was_lost(rt: Runtime) -> None:
    """A run that ended so is simply run again: each row is corrected and audited once."""
    calls = [worlds.add_call(rt.engine, direction=None) for _ in range(2)]
    pipeline.check_run(rt, actor="test", table="calls")
    with lossy_road(rt.engine.url) as (road, url):
        over = worlds.runtime(url)
        road.lose = Lost.ANSWER
        with pytest.raises(OutcomeUnknown):
            pipeline.correction_run(over, actor="test", rule_id=_RULE)
        again = pipeline.correction_run(over, actor="test", rule_id=_RULE)
        over.engine.dispose()

    assert 2 == sum(table.corrected for table in again.tables)
    assert [1, 1] == [_audits(rt, call) for call in calls]


@pytest.fixture
def kill(rt: Runtime) -> Iterator[Callable[[Connection], None]]:
    """Has the server end the connection of somebody."""
    killer = worlds.make_engine(rt.engine.url)

    def end(connection: Connection) -> None:
        worlds.execute(killer, f"KILL {connection.exec_driver_sql('SELECT CONNECTION_ID()').scalar_one()}")

    yield end
    killer.dispose()


def test_a_transaction_put_back_at_the_end_hides_no_error(rt: Runtime, kill: Callable[[Connection], None]) -> None:
    """The connection died within: what is told is the error of the work."""

    def work(session: AbstractContextManager[Connection]) -> None:
        with session as connection, triggers_off(connection):
            kill(connection)
            raise WrongUse("of the work")

    for session in (rolled_back(rt.engine), transaction(rt.engine)):
        with pytest.raises(WrongUse, match="of the work"):
            work(session)


def test_a_statement_after_a_lost_connection_is_told_as_the_loss(
    rt: Runtime, kill: Callable[[Connection], None]
) -> None:
    """Not as a library's complaint about its own transaction."""

    def work(connection: Connection) -> None:
        with triggers_off(connection):
            kill(connection)
            with suppress(SQLAlchemyError):
                connection.exec_driver_sql("SELECT 1")
        connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DatabaseUnavailable, match="lost the connection"):
        repeated(rt.engine, work, attempts=1)


def test_a_lock_whose_connection_died_costs_no_reading(rt: Runtime) -> None:
    """It ended with the connection; what was read is kept, and the next one gets it."""
    reader = worlds.make_engine(rt.engine.url)

    _know_columns(reader)
    with killed_after(rt.engine, 3, reader), mirror.only_reader(reader, 1) as is_ours:
        assert is_ours
    with mirror.only_reader(reader, 1) as is_ours:
        assert is_ours

    reader.dispose()


def test_a_run_that_fails_while_the_database_is_away_tells_its_own_error() -> None:
    """That its end could not be noted is the lesser news."""
    away = worlds.runtime("mysql+pymysql://nobody@127.0.0.1:1/none")

    with pytest.raises(NotStored, match="no space"), ending(away, "r1"):
        raise NotStored("no space")


def test_a_failed_run_is_noted_with_its_error(rt: Runtime) -> None:
    """It does not look as if it went on for ever."""
    pipeline.begin(rt, "r1", "check", "test")

    with pytest.raises(NotStored), ending(rt, "r1"):
        raise NotStored("no space")

    assert [("failed", "NotStored")] == worlds.execute(rt.engine, "SELECT status, error FROM consistency_runs")


@pytest.fixture
def source(empty_schema: str) -> Iterator[Engine]:
    """The source's tables, nothing of ours."""
    engine = worlds.make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
    yield engine
    engine.dispose()


def test_a_migration_whose_connection_dies_is_told_and_finished_later(source: Engine) -> None:
    """Inside Alembic as before and behind it: one error of ours, and the next attempt goes on."""
    schema = str(source.url.database)

    def dies_at(number: int) -> bool:
        with killed_after(source, number, source):
            try:
                migrations.migrate(source, adopt=schema, environment="test")
            except DatabaseUnavailable as error:
                return "lost the connection" in str(error)
        return False

    died = [number for number in (1, 2, 5, 8, 13, 21, 34, 25, 20, 15) if dies_at(number)]

    assert len(died) > 6
    assert migrations.latest() == migrations.migrate(source, adopt=schema, environment="test")


def test_a_connection_that_dies_inside_great_expectations_is_unavailable(rt: Runtime) -> None:
    """Whichever of its statements was the last: never a fault of a suite; the next run does it all."""
    worlds.add_call(rt.engine, direction=None)
    pipeline.begin(rt, "r1", "report", "test")
    with killed_after(rt.engine, 0, spared=rt.engine) as seen:
        pipeline.full_check(rt, run_id="r1")
    steps = len(seen)

    assert steps > 20
    for number in (1, steps // 3, steps // 2, steps - 5):
        with killed_after(rt.engine, number, spared=rt.engine), pytest.raises(DatabaseUnavailable, match="lost"):
            pipeline.full_check(rt, run_id=f"killed-{number}")
    assert 1 == sum(sum(table.violations.values()) for table in pipeline.full_check(rt, run_id="r1"))
    assert any(Path(rt.folder("data_docs")).rglob("*.html"))
