"""The check: verdicts, findings, incremental scope, missing columns, what the server is made to read."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from data_consistency import pipeline
from data_consistency.db import sql
from data_consistency.detect.opening import open_check
from data_consistency.detect.scan import scan_table
from data_consistency.detect.scopes import changed_scope
from data_consistency.errors import CheckNotEvaluated, DatabaseUnavailable, SchemaNotReady, UnmarkedSchema, WrongUse
from data_consistency.review import decisions
from data_consistency.rules.outcomes import Scope, Verdict
from data_consistency.runtime import Runtime
from tests import worlds

_LINK = "customer_link_status_fits_evidence"


def _check(rt: Runtime, table: str = "calls", run_id: str = "r1", **options: object) -> object:
    pipeline.begin(rt, run_id, "check", "test")
    return pipeline.check_table(rt, table=table, run_id=run_id, **options)  # type: ignore[arg-type]


def _findings(rt: Runtime) -> set[tuple[str, int, str]]:
    rows = worlds.execute(rt.engine, "SELECT alert_type, entity_id, status FROM data_consistency_alerts")
    return {(str(rule), int(str(entity)), str(status)) for rule, entity, status in rows}


def test_a_violation_becomes_one_finding_however_often_it_is_seen(rt: Runtime) -> None:
    """The ledger has row identity: seen again is not found again."""
    call = worlds.add_call(rt.engine, direction=None)

    first = _check(rt)
    again = _check(rt, run_id="r2", kind="full")

    assert {"call_direction_present": 1} == first.violations  # type: ignore[attr-defined]
    assert (1, 0) == (first.opened, again.opened)  # type: ignore[attr-defined]
    assert {("call_direction_present", call, "open")} == _findings(rt)
    assert [(2,)] == worlds.execute(rt.engine, "SELECT occurrences FROM data_consistency_alerts")


def test_a_finding_is_resolved_when_its_violation_is_gone_and_reopened_when_it_returns(rt: Runtime) -> None:
    """People see one history a row, not a new alert every five minutes."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt)
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'inbound' WHERE id = :id", id=call)
    gone = _check(rt, run_id="r2")
    worlds.execute(rt.engine, "UPDATE calls SET direction = 'INBOUND' WHERE id = :id", id=call)

    back = _check(rt, run_id="r3")

    assert (1, 1) == (gone.resolved, back.reopened)  # type: ignore[attr-defined]
    assert {("call_direction_present", call, "open")} == _findings(rt)


def test_the_five_minute_check_reads_what_changed_here_or_elsewhere(rt: Runtime) -> None:
    """A changed appointment or customer brings its call into the scope; untouched rows stay out of it."""
    customer = worlds.add_customer(rt.engine)
    calls = [worlds.add_call(rt.engine) for _ in range(5)]
    linked = worlds.add_call(
        rt.engine, customer_id=customer, customer_link_status="linked", customer_link_confidence=100
    )
    appointment = worlds.add_appointment(rt.engine, call_id=calls[0])
    _check(rt)
    quiet = _check(rt, run_id="r2")

    worlds.execute(rt.engine, "UPDATE appointments SET status = 'confirmed' WHERE id = :id", id=appointment)
    worlds.execute(rt.engine, "UPDATE customers SET deleted_at = NOW() WHERE id = :id", id=customer)
    moved = _check(rt, run_id="r3")

    assert 0 == quiet.rows_checked  # type: ignore[attr-defined]
    assert 2 == moved.rows_checked  # type: ignore[attr-defined]
    assert ("linked_customer_exists", linked, "open") in _findings(rt)


def test_the_first_check_of_a_table_is_a_full_one(rt: Runtime) -> None:
    """Without a watermark nothing is assumed to be fine."""
    for _ in range(3):
        worlds.add_call(rt.engine)

    counts = _check(rt)

    assert 3 == counts.rows_checked  # type: ignore[attr-defined]
    assert [("calls",)] == worlds.execute(rt.engine, "SELECT table_name FROM consistency_watermarks")


def test_a_range_and_a_tenant_leave_the_watermark_alone(rt: Runtime) -> None:
    """What one tenant or one range was checked for says nothing about the rest."""
    one = worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(rt.engine, direction=None, company_id=2)

    ranged = _check(rt, kind="range", first_id=one, last_id=one)
    tenant = _check(rt, run_id="r2", company_id=2)

    assert (1, 1) == (ranged.rows_checked, tenant.rows_checked)  # type: ignore[attr-defined]
    assert [] == worlds.execute(rt.engine, "SELECT table_name FROM consistency_watermarks")


def test_a_full_check_closes_findings_of_rows_that_are_gone(rt: Runtime) -> None:
    """A deleted row leaves no change behind; the daily check is the safety net."""
    call = worlds.add_call(rt.engine, direction=None)
    _check(rt)
    worlds.execute(rt.engine, "DELETE FROM calls WHERE id = :id", id=call)

    counts = _check(rt, run_id="r2", kind="full")

    assert 1 == counts.resolved  # type: ignore[attr-defined]


def test_a_missing_column_silences_only_the_rules_that_read_it(rt: Runtime) -> None:
    """Silence is not health: such rules are not evaluated, say why, and keep their findings; the others run."""
    call = worlds.add_call(rt.engine, direction=None, session_outcome="nonsense")
    _check(rt)
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")

    with pytest.raises(CheckNotEvaluated, match=r"calls.*call_direction_present.*calls\.direction"):
        _check(rt, run_id="r2", kind="full")

    assert {("call_direction_present", call, "open"), ("call_outcome_is_known", call, "open")} <= _findings(rt)
    results = worlds.execute(
        rt.engine, "SELECT rule, outcome, violations FROM consistency_rule_results WHERE run_id = 'r2'"
    )
    by_rule = {rule: (outcome, violations) for rule, outcome, violations in results}
    assert ("not_evaluated", None) == by_rule["call_direction_present"]
    assert ("failed", 1) == by_rule["call_outcome_is_known"]
    silenced = {"call_direction_present", "called_number_is_of_same_company", "phone_match_fits_number"}
    # The other side of a call is told by its direction.
    silenced |= {"customer_link_status_fits_evidence", "verification_fits_number", "placeholder_call_has_no_twin"}
    assert silenced == {rule for rule, (outcome, _) in by_rule.items() if outcome == "not_evaluated"}
    assert silenced == {incident.rule for incident in decisions.list_incidents(rt)}


def test_a_silenced_rule_is_loud_again_when_its_column_is_back(rt: Runtime) -> None:
    """The incident closes itself when the cause is gone."""
    worlds.execute(rt.engine, "ALTER TABLE calls DROP COLUMN direction")
    with pytest.raises(CheckNotEvaluated):
        _check(rt)
    worlds.execute(rt.engine, "ALTER TABLE calls ADD COLUMN direction VARCHAR(20) NULL")

    _check(rt, run_id="r2")

    assert [] == decisions.list_incidents(rt)


def test_a_missing_table_is_not_a_clean_one(rt: Runtime) -> None:
    """No rule of a table that is gone has passed."""
    for statement in ("SET FOREIGN_KEY_CHECKS = 0", "DROP TABLE appointments", "SET FOREIGN_KEY_CHECKS = 1"):
        worlds.execute(rt.engine, statement)

    with pytest.raises((CheckNotEvaluated, SchemaNotReady), match="appointments"):
        _check(rt, table="appointments", kind="full")


def test_an_unmarked_schema_is_refused(rt: Runtime) -> None:
    """Nothing is written to a schema that nobody declared to be ours."""
    worlds.execute(rt.engine, "DROP TABLE consistency_marker")

    with pytest.raises(UnmarkedSchema, match="does not carry our marker"):
        _check(rt)


def test_a_half_migrated_schema_says_what_to_do(rt: Runtime) -> None:
    """A table of ours that is missing is our mistake, not bad data."""
    worlds.execute(rt.engine, "DROP TABLE data_consistency_alerts")

    with pytest.raises((SchemaNotReady, CheckNotEvaluated), match="migrate"):
        _check(rt, kind="full")


def test_an_unreachable_database_is_unavailable() -> None:
    """The caller is told to try again, not that the data is fine."""
    rt = worlds.runtime("mysql+pymysql://nobody@127.0.0.1:1/none")

    with pytest.raises(DatabaseUnavailable):
        pipeline.begin(rt, "r1", "check", "test")


def test_an_unknown_table_or_kind_is_wrong_use(rt: Runtime) -> None:
    """The message names what there is."""
    pipeline.begin(rt, "r1", "check", "test")

    with pytest.raises(WrongUse, match="appointments, calls, companies, consistency_calcom_bookings, customers"):
        pipeline.check_table(rt, table="invoices", run_id="r1")
    with pytest.raises(WrongUse, match="changed, full or range"):
        pipeline.check_table(rt, table="calls", run_id="r1", kind="some")


@pytest.mark.parametrize("value", ["", "   ", "ÄÖÜ ß", "\u202eدعوة", "😀" * 20, "a'b\"c\\d%e:now"])
def test_text_in_every_encoding_is_only_text(rt: Runtime, value: str) -> None:
    """Names and outcomes are data: they neither break the statement nor the run."""
    worlds.add_call(rt.engine, customer_name=value, session_outcome=value[:50], direction=value[:20])

    counts = _check(rt, kind="full")

    assert 1 == counts.violations["call_direction_present"]  # type: ignore[attr-defined]


def test_zero_rows_pass_with_zero_rows_checked(rt: Runtime) -> None:
    """An empty table is not an error and says how much was looked at."""
    counts = _check(rt, kind="full")

    assert (0, {}) == (counts.rows_checked, counts.violations)  # type: ignore[attr-defined]


def test_a_full_check_is_a_few_statements_that_read_each_row_a_few_times(rt: Runtime) -> None:
    """Whatever the number of rules: two passes in primary-key order, one count on an index, two a rule about sets."""
    customer = worlds.add_customer(rt.engine)
    calls = [
        worlds.add_call(rt.engine, customer_id=customer, customer_link_status="linked", customer_link_confidence=100)
        for _ in range(60)
    ]
    for call in calls[:30]:
        worlds.add_appointment(rt.engine, call_id=call, customer_id=customer)
        worlds.execute(
            rt.engine,
            "UPDATE calls SET appointment_made = 1, session_outcome = 'appointment_booked',"
            " appointment_link_status = 'linked' WHERE id = :id",
            id=call,
        )
    # The server chooses its ways by what it believes of the tables.
    worlds.execute(rt.engine, "ANALYZE TABLE calls, appointments, customers, companies, phone_numbers")
    statements: list[str] = []
    with rt.engine.connect() as connection:
        sql.walls_of(connection)  # asked once a connection
        event.listen(rt.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2])))
        before = _rows_read(connection)
        scan = scan_table(connection, rt.suites()["calls"], Scope(kind="full"), rt.now())
        after = _rows_read(connection)

    # Beside the questions whether the tables are mapped or accelerated, which read no row of theirs.
    asked = ("SHOW", "_mapping", "accelerator_wishes")
    ours = [statement for statement in statements if not any(word in statement for word in asked)]
    named = [statement for statement in ours if "-- table: calls, facts: " in statement]
    judged = [statement for statement in ours if "c.id IN (" in statement and statement not in named]
    assert 2 == len(named) == len(judged)
    assert 3 == len(ours) - len(named) - len(judged)
    assert "COUNT(*)" in ours[-1]
    assert [Verdict.PASSED] * len(scan.outcomes) == [outcome.verdict for outcome in scan.outcomes]
    # 60 calls in two passes and, for two rules about sets, on an index; their count on an index; 30 appointments by
    # index; customer, company, number and session of a call by key.
    assert after - before <= (2 + 2 + 1) * 60 + 30 + 4 * 60 + 20


def _rows_read(connection: object) -> int:
    rows = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))  # type: ignore[attr-defined]
    return sum(int(value) for _, value in rows)


def test_the_five_minute_check_reads_a_few_rows_for_each_changed_row(rt: Runtime) -> None:
    """The cost depends on what changed, not on the size of the table."""
    for _ in range(150):
        worlds.add_call(rt.engine)
        worlds.add_appointment(rt.engine)
    worlds.execute(rt.engine, "ANALYZE TABLE calls, appointments, customers")
    _check(rt)
    worlds.execute(rt.engine, "UPDATE calls SET sentiment = 'Neutral' ORDER BY id LIMIT 100")
    with rt.engine.connect() as connection:
        suite = rt.suites()["calls"]
        before = _rows_read(connection)
        scope = changed_scope(connection, suite, open_check(connection, suite), rt.now()).scope
        scan_table(connection, suite, scope, rt.now())
        read = _rows_read(connection) - before

    assert scope.ids is not None
    assert 100 == len(scope.ids)
    # Each call, its company, number and session, and a look for appointments; twice for the scope.
    assert read <= 7 * 100 + 30


def test_rows_changed_before_the_last_watermark_and_committed_after_it_are_seen(rt: Runtime) -> None:
    """A long transaction stamps early and commits late; the window overlaps."""
    call = worlds.add_call(rt.engine)
    _check(rt)
    worlds.execute(
        rt.engine,
        "UPDATE calls SET direction = NULL, consistency_changed_at = :late WHERE id = :id",
        late=rt.now() - timedelta(minutes=5),
        id=call,
    )

    counts = _check(rt, run_id="r2")

    assert {"call_direction_present": 1} == counts.violations  # type: ignore[attr-defined]


def test_a_check_of_one_company_counts_its_rows(rt: Runtime) -> None:
    """Also where the company is the row itself."""
    worlds.add_call(rt.engine)

    counts = {
        table: _check(rt, table=table, run_id=table, kind="full", company_id=1) for table in ("calls", "companies")
    }

    assert {"calls": 1, "companies": 1} == {table: found.rows_checked for table, found in counts.items()}  # type: ignore[attr-defined]
