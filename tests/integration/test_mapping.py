"""Another generation's, or another company's, tables: views of the canonical names, and every rule as before."""

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from typer.testing import CliRunner, Result

from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.config import project_root
from data_consistency.db import corrections, mapped_views, marker, migrations, sql
from data_consistency.db.correction_notes import OUT_OF_REACH
from data_consistency.db.engine import make_engine
from data_consistency.db.mapping import load_mapping
from data_consistency.db.scan import columns_of, facts_of, fit_to_schema, scan_table, violation_select
from data_consistency.errors import InvalidMapping, SchemaNotReady, UnmarkedSchema, WrongUse
from data_consistency.findings import Scope, Verdict
from data_consistency.local import mariadb
from data_consistency.local.source_schema import create_source_schema
from data_consistency.rules import load_suites
from data_consistency.runtime import Runtime
from tests import generations, worlds
from tests.conftest import _PREFIX, drop_schema
from tests.quality.cases import NOW
from tests.quality.world import build

SUITES = load_suites(project_root() / "expectations", project_root() / "sql" / "corrections")
_NAMES = ("s2", "s3", "example_renamed")
# The others need lookups, which views cannot carry, or columns that the source does not have.
_EVALUATED = {"s2": 73, "s3": 59, "example_renamed": 94}
_OWN_ROWS = ("consistency_calcom_bookings", "consistency_heartbeats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a scan of all tables found, and why it said nothing of the rest."""

    ids: dict[str, list[int]]
    reasons: dict[str, tuple[bool, str]]


@contextmanager
def _schema(server: mariadb.Server) -> Iterator[Engine]:
    name = f"{_PREFIX}{secrets.token_hex(6)}"
    server.create_schema(name)
    engine = make_engine(server.url(name))
    try:
        yield engine
    finally:
        engine.dispose()
        drop_schema(server, name)


@pytest.fixture(scope="module")
def s1(mariadb_server: mariadb.Server) -> Iterator[Engine]:
    """Generation S1 with every fault of the quality worlds, without triggers."""
    with _schema(mariadb_server) as engine:
        with engine.begin() as connection:
            create_source_schema(connection)
            connection.exec_driver_sql("DROP TRIGGER before_appointment_insert_company_check")
        migrations.migrate(engine, adopt=str(engine.url.database), environment="test", triggers=False)
        build(engine, seed=101, calls=300, fault_share=0.6)
        yield engine


@pytest.fixture
def source(mariadb_server: mariadb.Server, s1: Engine) -> Iterator[Engine]:
    """The source tables of S1 in a schema of their own, to be made another generation."""
    with _schema(mariadb_server) as engine:
        with engine.begin() as connection:
            generations.copy_source(connection, str(s1.url.database))
        yield engine


@pytest.fixture
def ours(mariadb_server: mariadb.Server) -> Iterator[Engine]:
    """An empty schema that is declared ours."""
    with _schema(mariadb_server) as engine:
        with engine.begin() as connection:
            marker.adopt(connection, str(engine.url.database), "test")
        yield engine


def _become(source: Engine, name: str) -> None:
    with source.begin() as connection:
        generations.become(connection, name)


def _create(ours: Engine, source: Engine, file: Path) -> mapped_views.Mapped:
    with ours.begin() as connection:
        return mapped_views.create(connection, load_mapping(file), str(source.url.database))


@pytest.fixture
def renamed(source: Engine, ours: Engine) -> Runtime:
    """A runtime on the example of a company where nothing is called as here, migrated."""
    _become(source, "example_renamed")
    _create(ours, source, generations.mapping_file("example_renamed"))
    migrations.migrate(ours)
    return worlds.runtime(ours.url.render_as_string(hide_password=False), MAX_CORRECTIONS="100000")


def _scan(connection: Connection) -> Found:
    ids: dict[str, list[int]] = {}
    reasons: dict[str, tuple[bool, str]] = {}
    for suite in SUITES.values():
        scan = scan_table(connection, suite, Scope(kind="full"), NOW)
        for outcome in scan.outcomes:
            if outcome.verdict is Verdict.NOT_EVALUATED:
                reasons[outcome.rule.id] = (outcome.is_chosen, outcome.reason or "")
            else:
                ids[outcome.rule.id] = sorted(scan.ids_of(outcome.rule.id))
    return Found(ids=ids, reasons=reasons)


def _snapshot(engine: Engine) -> dict[str, object]:
    """Everything of a schema: statements of its tables, and rows."""
    with engine.connect() as connection:
        tables = connection.execute(text("SHOW TABLES")).scalars().all()
        return {
            table: (
                connection.execute(text(f"SHOW CREATE TABLE `{table}`")).one()[1],
                [tuple(row) for row in connection.execute(text(f"SELECT * FROM `{table}`"))],
            )
            for table in tables
        }


def _type(engine: Engine, *words: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": engine.url.render_as_string(hide_password=False)}
    return CliRunner(env=environment).invoke(build_app(), list(words), catch_exceptions=False)


@pytest.mark.parametrize("name", _NAMES)
def test_rules_find_the_same_rows_or_say_what_is_missing(s1: Engine, source: Engine, ours: Engine, name: str) -> None:
    """Same rows, same findings; a rule whose columns the source lacks is not evaluated, by name, and no alarm."""
    with s1.connect() as connection:
        for statement in generations.LIMITS[name]:
            connection.exec_driver_sql(statement)
        expected = _scan(connection)
        connection.rollback()
    _become(source, name)
    mapped = _create(ours, source, generations.mapping_file(name))
    migrations.migrate(ours)
    for table in _OWN_ROWS:
        worlds.execute(ours, f"INSERT INTO {table} SELECT * FROM {s1.url.database}.{table}")
    with ours.connect() as connection:
        found = _scan(connection)

    assert {rule: expected.ids[rule] for rule in found.ids} == found.ids
    assert sum(map(len, found.ids.values())) > 100
    for rule in expected.ids.keys() - found.ids.keys():
        is_chosen, reason = found.reasons[rule]
        named = {tuple(pair.split(".")) for pair in re.findall(r"\w+\.\w+", reason)}
        lacking = {pair for pair in named if not pair[1].startswith("consistency_")}
        assert (True, True) == (is_chosen, bool(named)), reason
        assert lacking <= mapped.none, reason
    assert _EVALUATED[name] <= len(found.ids)


def test_views_are_merged_and_the_indexes_of_the_source_serve(renamed: Runtime) -> None:
    """The server reads the source's own tables in the order of their keys; no view is copied first."""
    with renamed.engine.connect() as connection:
        views = connection.execute(
            text(
                "SELECT algorithm, is_updatable, security_type FROM information_schema.views"
                " WHERE table_schema = DATABASE() AND table_name <> 'consistency_call_display'"
            )
        )
        assert {("MERGE", "YES", "INVOKER")} == {tuple(view) for view in views}
        for table, source_table in (("calls", "phone_calls"), ("appointments", "visits"), ("customers", "clients")):
            facts, lost = fit_to_schema(connection, facts_of(table))
            rules = [rule for rule in SUITES[table].rules if not columns_of(rule, facts) & lost.keys()]
            statement, params = violation_select(facts, rules, Scope(kind="full"))
            plan = connection.execute(sql.statement(f"EXPLAIN {statement}", {}), params | {"now": NOW}).mappings().all()
            main = [step for step in plan if step["id"] == 2]
            assert source_table == main[0]["table"]
            assert not any("temporary" in str(step["Extra"]) or "filesort" in str(step["Extra"]) for step in plan)
            assert {"ref", "eq_ref"} >= {step["type"] for step in main[1:]}


def test_a_correction_changes_the_row_of_the_source_and_is_taken_back(renamed: Runtime, source: Engine) -> None:
    """The view is written, the base row changes, and undo restores it exactly."""
    before = _snapshot(source)["phone_calls"]
    pipeline.begin(renamed, "r1", "check", "test")
    pipeline.check_table(renamed, table="calls", run_id="r1")

    counts = pipeline.correct_table(renamed, table="calls", run_id="r1", actor="test", rule_id="call_direction_present")
    during = _snapshot(source)["phone_calls"]
    taken_back = pipeline.undo(renamed, actor="test", run_id="r1")

    assert counts.corrected > 0
    assert before != during
    assert (counts.corrected, 0) == (taken_back.undone, taken_back.refused)
    assert before == _snapshot(source)["phone_calls"]


@pytest.mark.parametrize(
    ("name", "table", "rule", "why"),
    [
        ("example_renamed", "appointments", "appointment_status_is_known",
         "appointments.status cannot be written, it is translated word by word"),
        ("s2", "calls", "failed_booking_has_no_appointment",
         "calls.appointment_id is missing in the source, and its evidence with it"),
        ("s2", "calls", "customer_of_appointment_is_on_call",
         "calls.customer_link_confidence is missing in the source"),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_written_is_refused_as_a_whole(
    source: Engine, ours: Engine, tmp_path: Path, name: str, table: str, rule: str, why: str
) -> None:
    """Nothing is changed; each row goes to a person, with rule, table and column."""
    _become(source, name)
    _create(ours, source, generations.mapping_file(name))
    migrations.migrate(ours)
    rt = worlds.runtime(ours.url.render_as_string(hide_password=False), MAX_CORRECTIONS="100000")
    before = _snapshot(source)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table=table, run_id="r1")
    planned = pipeline.preview_rule(
        rt, _rule(table, rule), pipeline.plan_rule(rt, _rule(table, rule)).correct
    )

    counts = pipeline.correct_table(rt, table=table, run_id="r1", actor="test", rule_id=rule)

    assert (0, counts.planned) == (counts.corrected, counts.refused)
    assert counts.planned > 0
    assert before == _snapshot(source)
    assert {(OUT_OF_REACH, f"rule {rule}: column {why}")} == {(item.refusal, item.evidence) for item in planned}
    with ours.connect() as connection:
        item = connection.execute(text("SELECT MIN(id) FROM manual_review_queue")).scalar_one()
    with pytest.raises(WrongUse, match=re.escape(f"({planned[0].evidence})")):
        pipeline.approve_item(rt, item_id=item, actor="test")
    assert before == _snapshot(source)


def _rule(table: str, rule_id: str):  # type: ignore[no-untyped-def]
    return next(rule for rule in SUITES[table].rules if rule.id == rule_id)


def test_a_source_that_is_mapped_is_migrated_without_what_views_cannot_carry(
    source: Engine, ours: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Own tables are made; change columns, lookups and triggers are left out and said; rollback takes the views too."""
    before = _snapshot(source)
    created = _type(ours, "mapping", "create", "--file", str(generations.mapping_file("s2")), "--source", "nowhere")
    assert isinstance(created.exception, InvalidMapping)
    _create(ours, source, _same(source))

    assert migrations.latest() == migrations.migrate(ours)

    said = [record.getMessage() for record in caplog.records if "left out: change columns" in record.getMessage()]
    assert ["calls, appointments, customers"] == [text.rpartition("tables=")[2] for text in said]
    for words in (("triggers", "verify"), ("triggers", "install")):
        answer = _type(ours, *words)
        assert (0, "mapped: no triggers, calls, appointments, customers are views") == (
            answer.exit_code,
            answer.stdout.strip(),
        )
    signs = {sign.name: sign for sign in pipeline.examine(worlds.runtime(_url(ours)))}
    assert (True, True) == (signs["triggers"].ok, "mapped: no triggers" in signs["triggers"].detail)
    assert signs["schema"].ok
    migrations.rollback(ours)
    assert {} == _snapshot(ours)
    assert before == _snapshot(source)
