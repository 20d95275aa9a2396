"""How much of a healthy table an accelerated check reads, by the counters of MariaDB."""

from dataclasses import replace

import pytest

from data_consistency.detect import accelerated
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from data_consistency.schema import accelerating
from tests import worlds
from tests.benchmarks.meter import counted

_FULL = Scope(kind="full")
_ROWS = 3000


def test_a_healthy_table_is_not_read(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the accelerator answers costs no pass over the table."""
    monkeypatch.setattr(accelerating, "_FEW", 1)
    _fill(rt)
    suite = rt.suite_of("calls")
    accelerating.switch_on(rt.engine, suite, actor="test", now=rt.now())
    with rt.transaction() as connection:
        known = accelerated.ask(connection, facts_of(connection, "calls"), suite.rules, _FULL)
    # The server chooses its ways by what it believes of the table.
    worlds.execute(rt.engine, "ANALYZE TABLE calls")
    answered = replace(suite, rules=tuple(suite.rules[number] for number in known.numbers))

    with rt.transaction() as connection:
        scan_table(connection, answered, _FULL, rt.now())  # a table that is opened anew has its statistics read

    with counted(rt.engine, "Handler_read%") as statements, rt.transaction() as connection:
        connection.exec_driver_sql("SELECT 1")
        scan = scan_table(connection, answered, _FULL, rt.now())
    # To look at the counters moves them, by as much each time.
    looking = statements.seen[[said for said, _ in statements.seen].index("SELECT 1")][1]
    # Rows that were looked at are counted along the smallest index.
    asked = [(said, read) for said, read in statements.seen if said.startswith(("SELECT consistency_", "SELECT f.id"))]

    assert len(answered.rules) > 15
    assert ((), _ROWS) == (scan.violations, scan.rows_checked)
    assert 2 == len(asked)
    assert sum(read - looking for _, read in asked) < _ROWS / 100, asked


def _fill(rt: Runtime) -> None:
    """Calls that are fine."""
    worlds.add_call(rt.engine)
    columns = (
        "company_id, direction, from_number, to_number, phone_number_id, status, duration_sec, summary,"
        " session_outcome, customer_link_status, transcript, created_at, consistency_changed_at"
    )
    worlds.execute(
        rt.engine,
        f"INSERT INTO calls (retell_call_id, {columns}) SELECT CONCAT('call_', LPAD(HEX(s.seq), 8, '0')), {columns}"
        f" FROM calls CROSS JOIN seq_1_to_{_ROWS - 1} AS s",
    )
