"""What the monitor of the system before us promised, case by case (M1 to M22), by what was meant.

Where that system contradicted itself, the intended meaning stands: a call is fine only with its appointment, and the
same finding is told once for as long as it lasts, instead of once in five minutes. The report (M18 to M20) is in
`test_report.py`.
"""

import pytest

from data_consistency import pipeline
from data_consistency.pipeline.check import open_by_severity
from data_consistency.rules import Mode, Severity
from data_consistency.rules.outcomes import TableCounts
from data_consistency.runtime import Runtime
from tests import worlds

_BOOKED = {"session_outcome": "appointment_booked", "appointment_made": 1, "appointment_link_status": "linked"}


def _check(rt: Runtime, table: str = "calls", *, run: str = "r1", **options: object) -> TableCounts:
    pipeline.begin(rt, run, "check", "test")
    return pipeline.check_table(rt, table=table, run_id=run, **options)  # type: ignore[arg-type]


def _booked(rt: Runtime, **values: object) -> int:
    """A call with its appointment, both fine."""
    call = worlds.add_call(rt.engine, **{**_BOOKED, **values})
    worlds.add_appointment(rt.engine, call_id=call, source="phone")
    return call


def _severity(rt: Runtime, table: str, rule: str) -> tuple[Severity, Mode]:
    found = next(one for one in rt.suites()[table].rules if one.id == rule)
    return found.severity, found.mode


def _alerts(rt: Runtime) -> list[tuple[object, ...]]:
    return worlds.execute(
        rt.engine, "SELECT alert_type, entity_id, severity, auto_corrected FROM data_consistency_alerts ORDER BY id"
    )


def test_m1_a_booked_outcome_without_its_flag_is_critical(rt: Runtime) -> None:
    """Found, counted, and corrected only as far as the evidence goes."""
    call = _booked(rt, appointment_made=0)

    found = _check(rt)

    assert 1 == found.violations["booked_outcome_has_flag"]
    assert ("booked_outcome_has_flag", call, "critical", 0) in _alerts(rt)
    assert open_by_severity(rt)["critical"] >= 1


def test_m2_a_consistent_call_gives_no_finding(rt: Runtime) -> None:
    """Consistent means: with its appointment."""
    _booked(rt)

    assert {} == _check(rt).violations
    assert {} == open_by_severity(rt)


def test_m3_the_frequent_check_looks_at_what_changed(rt: Runtime) -> None:
    """However old a call is: what matters is when it was touched, and untouched rows cost nothing."""
    old = _booked(rt)
    _check(rt)
    worlds.execute(rt.engine, "UPDATE calls SET consistency_changed_at = UTC_TIMESTAMP(6) - INTERVAL 2 DAY")
    unseen = _check(rt, run="r2")
    worlds.execute(rt.engine, "UPDATE calls SET direction = NULL WHERE id = :id", id=old)

    seen = _check(rt, run="r3")

    assert (0, {}) == (unseen.rows_checked, unseen.violations)
    assert (1, {"call_direction_present": 1}) == (seen.rows_checked, seen.violations)


def test_m4_a_claim_without_an_appointment_is_a_phantom_booking(rt: Runtime) -> None:
    """Critical."""
    call = worlds.add_call(rt.engine, **_BOOKED)

    found = _check(rt)

    assert 1 == found.violations["booking_claim_has_appointment"]
    assert ("booking_claim_has_appointment", call, "critical", 0) in _alerts(rt)


def test_m5_no_phantom_where_an_appointment_exists(rt: Runtime) -> None:
    """Whatever became of the call's other columns."""
    _booked(rt, direction=None)

    assert "booking_claim_has_appointment" not in _check(rt).violations


def test_m6_three_phantoms_are_three_findings(rt: Runtime) -> None:
    """Each row has its own."""
    calls = {worlds.add_call(rt.engine, **_BOOKED) for _ in range(3)}

    assert 3 == _check(rt).violations["booking_claim_has_appointment"]
    told = {row[1] for row in _alerts(rt) if row[0] == "booking_claim_has_appointment"}
    assert calls == told


@pytest.mark.parametrize("direction", [None, ""])
def test_m7_a_missing_direction_is_a_warning_that_can_be_corrected(rt: Runtime, direction: str | None) -> None:
    """An empty text is missing, too."""
    worlds.add_call(rt.engine, direction=direction)

    assert {"call_direction_present": 1} == _check(rt).violations
    assert (Severity.WARNING, Mode.CORRECT) == _severity(rt, "calls", "call_direction_present")


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_m8_a_direction_that_is_there_gives_none(rt: Runtime, direction: str) -> None:
    """Either."""
    worlds.add_call(rt.engine, direction=direction)

    assert "call_direction_present" not in _check(rt).violations


def test_m9_an_appointment_by_telephone_without_a_call_is_an_orphan(rt: Runtime) -> None:
    """A warning; linked by evidence where there is exactly one call that it can be of."""
    worlds.add_appointment(rt.engine, source="retell_webhook", call_id=None)

    assert 1 == _check(rt, "appointments").violations["telephone_appointment_has_call"]
    assert Severity.WARNING is _severity(rt, "appointments", "telephone_appointment_has_call")[0]


@pytest.mark.parametrize("source", ["walk-in", "web", "cal.com"])
def test_m10_other_sources_have_no_orphans(rt: Runtime, source: str) -> None:
    """Nobody called."""
    worlds.add_appointment(rt.engine, source=source, call_id=None)

    assert "telephone_appointment_has_call" not in _check(rt, "appointments").violations


def test_m11_a_failed_booking_is_told_and_keeps_its_reason(rt: Runtime) -> None:
    """It waits for a person; one without a reason is told as well."""
    failed = {"booking_failed": 1, "session_outcome": "creation_failed", "appointment_link_status": "creation_failed"}
    worlds.add_call(rt.engine, **failed, booking_failure_reason="slot taken")
    assert {"failed_booking_was_made_good": 1} == _check(rt).violations
    worlds.add_call(rt.engine, **failed)

    found = _check(rt, run="r2", kind="full")

    assert {"failed_booking_was_made_good": 2, "failed_booking_has_reason": 1} == found.violations
    assert Severity.INFO is _severity(rt, "calls", "failed_booking_has_reason")[0]


def test_m12_a_check_of_one_call_finds_everything_wrong_with_it(rt: Runtime) -> None:
    """And nothing of its neighbours."""
    worlds.add_call(rt.engine, direction=None)
    call = worlds.add_call(rt.engine, session_outcome="appointment_booked", direction=None)

    found = _check(rt, kind="range", first_id=call, last_id=call)

    assert 1 == found.rows_checked
    assert {"booked_outcome_has_flag", "booking_claim_has_appointment", "call_direction_present"} <= set(
        found.violations
    )
    assert {call} == {row[1] for row in _alerts(rt)}


def test_m13_a_check_of_one_call_finds_its_phantom(rt: Runtime) -> None:
    """A deleted appointment is none."""
    call = _booked(rt)
    worlds.execute(rt.engine, "UPDATE appointments SET deleted_at = UTC_TIMESTAMP() WHERE call_id = :id", id=call)

    found = _check(rt, kind="range", first_id=call, last_id=call)

    assert {"booked_appointment_is_not_deleted"} <= set(found.violations)


def test_m14_a_check_of_a_consistent_call_gives_nothing(rt: Runtime) -> None:
    """One row read, nothing found."""
    call = _booked(rt)

    found = _check(rt, kind="range", first_id=call, last_id=call)

    assert (1, {}) == (found.rows_checked, found.violations)


def test_m15_m16_the_same_finding_is_stored_once_however_late_it_is_seen_again(rt: Runtime) -> None:
    """Five minutes and six minutes later it is the same, counted; a day later, too."""
    worlds.add_call(rt.engine, direction=None)
    for run in ("r1", "r2", "r3"):
        _check(rt, run=run, kind="full")
        worlds.execute(
            rt.engine,
            "UPDATE data_consistency_alerts SET detected_at = detected_at - INTERVAL 6 MINUTE",
        )

    assert 1 == len(_alerts(rt))
    assert [(3,)] == worlds.execute(rt.engine, "SELECT occurrences FROM data_consistency_alerts")


def test_m17_findings_of_different_rules_on_one_call_stand_beside_each_other(rt: Runtime) -> None:
    """None hides another."""
    call = worlds.add_call(rt.engine, **_BOOKED, direction=None)

    _check(rt)

    assert {"booking_claim_has_appointment", "call_direction_present"} <= {row[0] for row in _alerts(rt)}
    assert {call} == {row[1] for row in _alerts(rt)}


def test_m21_m22_one_scan_finds_every_kind_and_stores_it(rt: Runtime) -> None:
    """All five kinds of the system before us: two critical, two warnings, one failed booking."""
    _booked(rt, appointment_made=0)
    worlds.add_call(rt.engine, **_BOOKED)
    worlds.add_call(rt.engine, direction=None)
    worlds.add_call(
        rt.engine, booking_failed=1, booking_failure_reason="slot taken", session_outcome="creation_failed",
        appointment_link_status="creation_failed",
    )  # fmt: skip
    worlds.add_appointment(rt.engine, source="retell_webhook", call_id=None)

    pipeline.begin(rt, "r1", "check", "test")
    found: dict[str, int] = {}
    for table in ("calls", "appointments"):
        found |= dict(pipeline.check_table(rt, table=table, run_id="r1").violations)

    assert {
        "booked_outcome_has_flag",
        "booking_claim_has_appointment",
        "call_direction_present",
        "telephone_appointment_has_call",
        "failed_booking_was_made_good",
    } <= set(found)
    assert sum(found.values()) == len(_alerts(rt))
    assert 2 == sum(row[0] in {"booked_outcome_has_flag", "booking_claim_has_appointment"} for row in _alerts(rt))
