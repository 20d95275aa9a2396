"""Another generation's, or another company's, tables: views of the canonical names, and every rule as before."""

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection
from typer.testing import CliRunner, Result

from consistency_sandbox.servers import private
from consistency_sandbox.source_schema import create_source_schema
from data_consistency import pipeline
from data_consistency.cli import build_app
from data_consistency.correct import applying
from data_consistency.correct.notes import OUT_OF_REACH
from data_consistency.correct.reach import obstacle
from data_consistency.db import marker, sql
from data_consistency.detect.lost import fit_to_schema
from data_consistency.detect.scan import columns_of, facts_of, scan_table, violation_select
from data_consistency.errors import CheckNotEvaluated, InvalidMapping, SchemaNotReady, UnmarkedSchema, WrongUse
from data_consistency.project import shipped
from data_consistency.review import decisions
from data_consistency.rules import Mode, Rule, load_suites
from data_consistency.rules.corrections import load_correction
from data_consistency.rules.functions import read_sql
from data_consistency.rules.outcomes import Scope, Verdict
from data_consistency.runtime import Runtime
from data_consistency.schema import mapped_views, migrations
from data_consistency.schema.canonical import Kind, canonical_tables, kind_of
from data_consistency.schema.inventory import statements
from data_consistency.schema.mapping import load_mapping
from tests import generations, people, worlds
from tests.people import ADMIN
from tests.quality.cases import NOW
from tests.quality.world import build
from tests.schemas import PREFIX, drop_schema
from tests.worlds import make_engine

SUITES = load_suites(shipped())
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
def _schema(server: private.Server) -> Iterator[Engine]:
    name = f"{PREFIX}{secrets.token_hex(6)}"
    server.create_schema(name)
    engine = make_engine(server.url(name))
    try:
        yield engine
    finally:
        engine.dispose()
        drop_schema(server, name)


@pytest.fixture(scope="module")
def s1(database_server: private.Server) -> Iterator[Engine]:
    """Generation S1 with every fault of the quality worlds, without triggers."""
    with _schema(database_server) as engine:
        with engine.begin() as connection:
            create_source_schema(connection)
            connection.exec_driver_sql("DROP TRIGGER before_appointment_insert_company_check")
        migrations.migrate(engine, adopt=str(engine.url.database), environment="test", triggers=False)
        build(engine, seed=101, calls=300, fault_share=0.6)
        yield engine


@pytest.fixture
def source(database_server: private.Server, s1: Engine) -> Iterator[Engine]:
    """The source tables of S1 in a schema of their own, to be made another generation."""
    with _schema(database_server) as engine:
        with engine.begin() as connection:
            generations.copy_source(connection, str(s1.url.database))
        yield engine


@pytest.fixture
def ours(database_server: private.Server) -> Iterator[Engine]:
    """An empty schema that is declared ours."""
    with _schema(database_server) as engine:
        with engine.begin() as connection:
            marker.adopt(connection, str(engine.url.database), "test")
        yield engine


def _become(source: Engine, name: str) -> None:
    with source.begin() as connection:
        generations.become(connection, name)


def _create(ours: Engine, source: Engine, file: Path) -> mapped_views.Mapped:
    with ours.begin() as connection:
        return mapped_views.create(connection, load_mapping(shipped(), file), str(source.url.database))


@pytest.fixture
def renamed(source: Engine, ours: Engine) -> Runtime:
    """A runtime on the example of a company where nothing is called as here, migrated."""
    _become(source, "example_renamed")
    _create(ours, source, generations.mapping_file("example_renamed"))
    migrations.migrate(ours)
    return worlds.runtime(_url(ours), MAX_CORRECTIONS="100000")


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


def _copy_own_rows(s1: Engine, ours: Engine) -> None:
    """What is known of the calendar is ours, and no part of the source."""
    for table in _OWN_ROWS:
        worlds.execute(ours, f"INSERT INTO {table} SELECT * FROM {s1.url.database}.{table}")


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _type(engine: Engine, *words: str) -> Result:
    environment = {"CONSISTENCY_DB_URL": _url(engine)}
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
    _copy_own_rows(s1, ours)
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
            facts, lost = fit_to_schema(connection, facts_of(connection, table))
            rules = [rule for rule in SUITES[table].rules if not columns_of(rule, facts) & lost.keys()]
            statement, params = violation_select(facts, rules, Scope(kind="full"))
            plan = (
                sql.execute(connection, f"EXPLAIN FORMAT=TRADITIONAL {statement}", params | {"now": NOW})
                .mappings()
                .all()
            )
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
    taken_back = decisions.undo(renamed, ADMIN, run_id="r1")

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
    rt = worlds.runtime(_url(ours), MAX_CORRECTIONS="100000")
    before = _snapshot(source)
    pipeline.begin(rt, "r1", "check", "test")
    pipeline.check_table(rt, table=table, run_id="r1")
    planned = pipeline.preview_rule(rt, _rule(table, rule), pipeline.plan_rule(rt, _rule(table, rule)).correct)

    counts = pipeline.correct_table(rt, table=table, run_id="r1", actor="test", rule_id=rule)

    assert (0, counts.planned) == (counts.corrected, counts.refused)
    assert counts.planned > 0
    assert before == _snapshot(source)
    assert {(OUT_OF_REACH, f"rule {rule}: column {why}")} == {(item.refusal, item.evidence) for item in planned}
    with ours.connect() as connection:
        item = connection.execute(text("SELECT MIN(id) FROM manual_review_queue")).scalar_one()
    with pytest.raises(WrongUse, match=re.escape(f"({planned[0].evidence})")):
        people.approve(rt, item)
    assert before == _snapshot(source)


def _rule(table: str, rule_id: str) -> Rule:
    return next(rule for rule in SUITES[table].rules if rule.id == rule_id)


@pytest.mark.parametrize("name", _NAMES)
def test_corrections_propose_the_same_or_are_out_of_reach(s1: Engine, source: Engine, ours: Engine, name: str) -> None:
    """What is written, and why not, does not depend on what the source calls its columns."""
    with s1.connect() as connection:
        for statement in generations.LIMITS[name]:
            connection.exec_driver_sql(statement)
        expected = _proposals(connection, _scan(connection))
        connection.rollback()
    _become(source, name)
    _create(ours, source, generations.mapping_file(name))
    migrations.migrate(ours)
    _copy_own_rows(s1, ours)
    with ours.connect() as connection:
        found = _proposals(connection, _scan(connection))

    reachable = {rule: rows for rule, rows in found.items() if not any(OUT_OF_REACH in row for row in rows)}
    assert {rule: expected[rule] for rule in reachable} == reachable
    assert len(reachable) >= 4
    assert len(found) > len(reachable)


def _proposals(connection: Connection, found: Found) -> dict[str, list[tuple[object, ...]]]:
    proposals = {}
    for rule in (rule for suite in SUITES.values() for rule in suite.rules if rule.mode is Mode.CORRECT):
        if ids := found.ids.get(rule.id):
            order = applying.Order(suite=SUITES[rule.table], rule=rule, run_id="r", actor="test", now=NOW)
            planned = applying.preview(connection, order, ids)
            proposals[rule.id] = [(item.entity_id, item.refusal, dict(item.values)) for item in planned]
    return proposals


def test_a_source_of_which_every_text_is_computed_gives_the_same(
    s1: Engine, source: Engine, ours: Engine, tmp_path: Path
) -> None:
    """Facts that stream by GROUP BY read the values of their own row, also where a view computes them."""
    tables = {
        table: {
            "columns": {
                column: {"column": column, "values": {"no such word": None}}
                for column, sql_type in columns.items()
                if kind_of(sql_type) is Kind.TEXT and not column.endswith("id")
            }
        }
        for table, columns in canonical_tables(shipped()).items()
    }
    _create(ours, source, generations.write_mapping(tmp_path, {"tables": tables}))
    migrations.migrate(ours)
    _copy_own_rows(s1, ours)
    with s1.connect() as connection:
        expected = _scan(connection)
    with ours.connect() as connection:
        found = _scan(connection)

    assert {rule: expected.ids[rule] for rule in found.ids} == found.ids
    assert _EVALUATED["example_renamed"] <= len(found.ids)


def test_a_correction_whose_evidence_is_missing_is_refused(source: Engine, ours: Engine, tmp_path: Path) -> None:
    """A precondition that cannot be judged is not met, and nothing that cannot be written is tried."""
    mapping = {"tables": {"calls": {"columns": {"converted_appointment_id": None}}}}
    _create(ours, source, generations.write_mapping(tmp_path, mapping))
    migrations.migrate(ours)
    rule = replace(_rule("calls", "call_direction_present"), correction="retract_booking_claim")
    order = applying.Order(suite=SUITES["calls"], rule=rule, run_id="r", actor="test", now=NOW)
    before = _snapshot(source)
    with ours.begin() as connection:
        ids = scan_table(connection, SUITES["calls"], Scope(kind="full"), NOW).ids_of(rule.id)
        batch = applying.apply(connection, order, [*ids, 999_999])

    why = "column calls.converted_appointment_id is missing in the source, and its evidence with it"
    assert (tuple(ids), (999_999,), ()) == (batch.refused, batch.skipped, batch.corrected)
    assert {f"rule {rule.id}: {why}"} == {item.evidence for item in batch.proposals}
    assert before == _snapshot(source)


def test_a_column_behind_a_star_is_named_by_the_server(source: Engine, ours: Engine, tmp_path: Path) -> None:
    """A correction that reads `candidate.*` is out of reach as well, and says so before anything is tried."""
    mapping = {"tables": {"appointments": {"columns": {"calcom_v2_booking_uid": None}}}}
    _create(ours, source, generations.write_mapping(tmp_path, mapping))
    migrations.migrate(ours)
    rule = _rule("calls", "booking_claim_has_appointment")
    with ours.connect() as connection:
        found = obstacle(connection, rule, load_correction(shipped(), "retract_booking_claim"))

    said = "rule booking_claim_has_appointment: correction retract_booking_claim of table calls: Unknown column"
    assert found is not None
    assert found.startswith(f"{said} 'a.calcom_v2_booking_uid'")


def test_a_source_that_is_mapped_is_migrated_without_what_views_cannot_carry(
    source: Engine, ours: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Own tables are made; change columns, lookups and triggers are left out and said; rollback takes the views too."""
    before = _snapshot(source)
    _become(source, "s2")
    changed = _snapshot(source)
    _create(ours, source, generations.mapping_file("s2"))

    assert migrations.latest() == migrations.migrate(ours)

    said = [record.getMessage() for record in caplog.records if "left out: change columns" in record.getMessage()]
    assert ["calls, appointments, customers"] == [
        line.rpartition("tables=")[2].removesuffix(" source=default") for line in said
    ]
    for words in (("triggers", "verify"), ("triggers", "install")):
        answer = _type(ours, *words)
        told = (answer.exit_code, answer.stdout.strip())
        assert (0, "mapped: no triggers, calls, appointments, customers are views") == told
    signs = {sign.name: sign for sign in pipeline.examine(worlds.runtime(_url(ours)))}
    assert (True, True) == (signs["triggers"].ok, "mapped: no triggers" in signs["triggers"].detail)
    assert signs["schema"].ok
    migrations.rollback(ours)
    assert {} == _snapshot(ours)
    assert changed == _snapshot(source)
    assert before != changed


def test_the_doctor_names_a_view_that_its_source_has_left(source: Engine, ours: Engine, tmp_path: Path) -> None:
    """What a view reads is gone: rules on it can read nothing, and the remedy is the mapping made anew."""
    _create(ours, source, generations.write_mapping(tmp_path, {"tables": {"companies": None}}))
    migrations.migrate(ours)
    for statement in (
        "CREATE TABLE gone (id BIGINT UNSIGNED)",
        "CREATE OR REPLACE VIEW staff AS SELECT id FROM gone",
        "DROP TABLE gone",
    ):
        worlds.execute(ours, statement)

    sign = {sign.name: sign for sign in pipeline.examine(worlds.runtime(_url(ours)))}["mapping"]

    assert not sign.ok
    assert "cannot be read any more: staff" in sign.detail
    assert "`consistency mapping create" in sign.remedy


def test_what_changed_is_read_by_business_time_and_what_is_missing_is_told_each_time(
    source: Engine, ours: Engine, tmp_path: Path
) -> None:
    """Without change columns eight days are read again; a check of nothing still names what it cannot judge."""
    _create(ours, source, generations.write_mapping(tmp_path, {"tables": {"companies": None}}))
    migrations.migrate(ours)
    rt = worlds.runtime(_url(ours))
    worlds.execute(source, "UPDATE calls SET created_at = NOW() - INTERVAL 20 DAY")
    worlds.execute(source, "UPDATE calls SET created_at = NOW() - INTERVAL 2 DAY ORDER BY id LIMIT 1")
    for table in ("appointments", "customers"):
        worlds.execute(source, f"UPDATE {table} SET created_at = NOW() - INTERVAL 20 DAY")
    pipeline.begin(rt, "r1", "check", "test")

    first = pipeline.check_table(rt, table="calls", run_id="r1")
    companies = pipeline.check_table(rt, table="companies", run_id="r1")
    second = pipeline.check_table(rt, table="calls", run_id="r1")
    nothing = pipeline.check_table(rt, table="companies", run_id="r1")

    assert 0 < second.rows_checked < first.rows_checked
    assert first.left_out == second.left_out
    assert {"the mapping has no companies"} == set(companies.left_out.values())
    assert (companies.left_out, 0) == (nothing.left_out, nothing.rows_checked)


def test_a_source_that_changed_under_its_views_is_a_fault(renamed: Runtime, source: Engine) -> None:
    """The views no longer work: an alarm that says what to do, never silence."""
    pipeline.begin(renamed, "r1", "check", "test")
    pipeline.check_table(renamed, table="customers", run_id="r1")
    worlds.execute(source, "ALTER TABLE clients DROP COLUMN mail")

    with pytest.raises(SchemaNotReady, match="mapping create"):
        pipeline.check_table(renamed, table="customers", run_id="r1")
    with pytest.raises(CheckNotEvaluated, match="references invalid"):
        pipeline.check_table(renamed, table="customers", run_id="r1", kind="full")


def test_create_show_and_drop_can_be_repeated_and_touch_nothing_else(source: Engine, ours: Engine) -> None:
    """The commands tell what is mapped, absent and read only; what the operator has beside it stays."""
    _become(source, "s2")
    before = _snapshot(source)
    worlds.execute(ours, "CREATE TABLE notes (id INT PRIMARY KEY)")
    worlds.execute(ours, "CREATE VIEW my_calls AS SELECT 1 AS one")
    file = str(generations.mapping_file("s2"))
    words = ("mapping", "create", "--file", file, "--source", str(source.url.database))

    nothing = _type(ours, "mapping", "show")
    first, views = _type(ours, *words), _snapshot(ours)
    second, again = _type(ours, *words), _snapshot(ours)
    shown = _type(ours, "mapping", "show")
    as_json = json.loads(_type(ours, "mapping", "show", "--json").stdout)
    dropped, once_more = _type(ours, "mapping", "drop"), _type(ours, "mapping", "drop")

    assert "no mapping is in force" in nothing.stdout
    assert (0, first.stdout, views) == (second.exit_code, second.stdout, again)
    assert first.stdout == shown.stdout
    for line in (
        "calls.appointment_made: has_appointment",
        "calls.call_successful: none, as the mapping says",
        "calls.session_outcome: read only, is read out of a document (metadata $.session_outcome)",
    ):
        assert line in shown.stdout.splitlines()
    assert "s2" == as_json["name"]
    assert dropped.stdout.startswith("dropped appointment_modifications, appointment_phases, appointments, ")
    assert "dropped nothing: there is no mapping" == once_more.stdout.strip()
    assert {"consistency_marker", "my_calls", "notes"} == _snapshot(ours).keys()
    assert before == _snapshot(source)


def test_a_mapping_that_has_less_takes_its_views_away_and_one_of_others_stays(
    source: Engine, ours: Engine, tmp_path: Path
) -> None:
    """What a new mapping no longer has is dropped; a table that somebody put in a view's place is not."""
    _create(ours, source, generations.write_mapping(tmp_path, {"tables": {}}))
    _create(ours, source, generations.write_mapping(tmp_path, {"tables": {"staff": None}}))
    assert "staff" not in _snapshot(ours)
    worlds.execute(ours, "DROP VIEW branches")
    worlds.execute(ours, "CREATE TABLE branches (id INT PRIMARY KEY)")

    shown = _type(ours, "mapping", "show").stdout
    _type(ours, "mapping", "drop")

    assert "staff: none, as the mapping says" in shown.splitlines()
    assert {"branches", "consistency_marker"} == _snapshot(ours).keys()


def test_a_schema_that_is_not_ours_is_refused_and_adopted_by_its_name(
    database_server: private.Server, source: Engine
) -> None:
    """Nothing is made in a schema that nobody declared to be ours; one command adopts it and makes the views."""
    words = ["mapping", "create", "--file", str(generations.mapping_file("s2")), "--source", str(source.url.database)]
    _become(source, "s2")
    with _schema(database_server) as engine:
        schema = str(engine.url.database)
        for more, error in (([], UnmarkedSchema), (["--adopt", "another"], UnmarkedSchema)):
            with pytest.raises(error):
                _type(engine, *words, *more)
        assert {} == _snapshot(engine)

        done = _type(engine, *words, "--adopt", schema, "--environment", "test")

        assert 0 == done.exit_code
        assert "calls" in _snapshot(engine)


_ABSENT = {"tables": {"calls": {"columns": {"direction": "way"}}}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"tables": {"calls": {"table": "phone_calls"}}}, "calls: source table {s}.phone_calls does not exist"),
        (_ABSENT, "calls.direction: source column {s}.calls.way does not exist"),
        ({"tables": {"calls": {"columns": {"summary": {"json": "doc", "path": "$.x"}}}}},
         "calls.summary: source column {s}.calls.doc does not exist"),
        ({"tables": {"calls": None}}, "calls: no source table; without calls nothing can be checked"),
        ({"tables": {"staff": {"table": "branches"}}}, "staff: source table 'branches' is branches already"),
        ({"tables": {"calls": {"columns": {"created_at": None}}}}, "calls.created_at: no source column"),
        ({"tables": {"calls": {"columns": {"id": "retell_call_id", "retell_call_id": None}}}},
         "calls.id: must be a column of whole numbers; findings"),
        ({"tables": {"services": {"columns": {"id": "name", "name": None}}}},
         "services.id: must be a column of whole numbers, as"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_the_source_is_refused(
    source: Engine, ours: Engine, tmp_path: Path, document: object, message: str
) -> None:
    """One clear error that names file, table and column; nothing is made."""
    before = _snapshot(ours)

    with pytest.raises(InvalidMapping) as raised:
        _create(ours, source, generations.write_mapping(tmp_path, document))

    assert message.format(s=source.url.database) in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path.name}/mine.json: ")
    assert before == _snapshot(ours)


def test_a_name_that_is_taken_and_a_schema_that_nobody_names_are_refused(
    source: Engine, ours: Engine, tmp_path: Path
) -> None:
    """Tables of the operator are never replaced by views."""
    file = generations.write_mapping(tmp_path, {"tables": {}})
    worlds.execute(ours, "CREATE TABLE calls (id INT PRIMARY KEY)")

    with pytest.raises(InvalidMapping, match="calls: the schema holds a table or view of that name that is not ours"):
        _create(ours, source, file)
    with ours.begin() as connection, pytest.raises(InvalidMapping, match="no schema; write it into the file"):
        mapped_views.create(connection, load_mapping(shipped(), file), None)


def test_columns_of_ours_in_the_source_are_taken_over(source: Engine, ours: Engine, tmp_path: Path) -> None:
    """An operator who may alter the source can give it change column and lookups; rules that need them are back."""
    for table in ("calls", "appointments", "customers"):
        for kind in ("change_columns", "lookups", "keys"):
            if shipped().file("migrations", f"{kind}/{table}.up") is None:
                continue
            with source.begin() as connection:
                for statement in statements(read_sql(shipped(), "migrations", f"{kind}/{table}.up")):
                    connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    before = _snapshot(source)

    _create(ours, source, generations.write_mapping(tmp_path, {"tables": {}}))
    migrations.migrate(ours)
    with ours.connect() as connection:
        reasons = _scan(connection).reasons
    migrations.rollback(ours)

    assert [] == [reason for _, reason in reasons.values() if "consistency_" in reason]
    assert before == _snapshot(source)
