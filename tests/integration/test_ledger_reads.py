"""What asks the ledger for a word reads a few rows of it, however many findings one cause has made."""

import pytest
from sqlalchemy import Connection, text

from data_consistency.db import sql
from data_consistency.runtime import Runtime
from tests import worlds

_FINDINGS = (
    "INSERT INTO data_consistency_alerts (alert_type, severity, entity_type, entity_id, description, detected_at,"
    " fingerprint, rule_fingerprint, first_seen_at, last_seen_at, status, created_at, updated_at)"
    " SELECT CONCAT('R-', MOD(seq, 5)), 'warning', 'call', seq, '', UTC_TIMESTAMP(6), CONCAT('f', seq),"
    " IF(MOD(seq, 5) = 3, NULL, 'r'), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6),"
    " IF(MOD(seq, 5) = 4, 'resolved', ELT(1 + MOD(seq, 2), 'open', 'in_review')), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)"
)


@pytest.mark.every_server
def test_rules_that_still_have_findings_are_told_by_the_first_of_each(rt: Runtime) -> None:
    """A rule whose findings are over has none; nor has one whose findings a trigger noted by itself."""
    worlds.execute(rt.engine, f"{_FINDINGS} FROM {worlds.series(1, 4_000)}")
    with rt.transaction() as connection:
        connection.execute(text("ANALYZE TABLE data_consistency_alerts"))
        sql.run(connection, "rules_with_unsettled_findings")
        before = _rows_read(connection)
        found = sorted(rule for (rule,) in sql.run(connection, "rules_with_unsettled_findings"))
        read = _rows_read(connection) - before

    assert ["R-0", "R-1", "R-2"] == found
    assert read < 2_000, "of a rule without a fingerprint all open ones are looked at, of others one"


def _rows_read(connection: Connection) -> int:
    rows = connection.execute(text("SHOW SESSION STATUS LIKE 'Handler_read%'"))
    return sum(int(value) for _, value in rows)
