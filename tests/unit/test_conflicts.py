"""Corrections that would undo each other are refused while the suites are loaded."""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from data_consistency.errors import InvalidRule
from data_consistency.project import Project, shipped
from data_consistency.rules import Rule, load_suites
from data_consistency.rules.conflicts import check_corrections
from data_consistency.rules.corrections import load_correction
from data_consistency.rules.facts import load_facts
from data_consistency.rules.partial import is_settled
from data_consistency.rules.precondition import precondition_of
from data_consistency.rules.written_values import Constant, written_values

_ROOT = shipped().home


def _correction(home: Path, name: str, value: str, *, when: str = "", column: str = "direction") -> None:
    folder = home / "sql" / "corrections"
    folder.mkdir(parents=True, exist_ok=True)
    header = f"-- {name}: a test.\n-- table: calls\n-- columns: {column}\n"
    header += f"-- when: {when}\n" if when else ""
    (folder / f"{name}.sql").write_text(f"{header}SELECT c.id AS id, {value} AS {column} FROM calls AS c\n")


def _rules(tmp_path: Path, *corrections: str, condition: str = "direction = 'inbound'") -> Project:
    """A suite with a rule for each correction, and the corrections, over the facts of the project."""
    folder = tmp_path / "expectations"
    folder.mkdir(exist_ok=True)
    entries = [
        {
            "type": "expect_rows_to_satisfy",
            "severity": "warning",
            "description": "d",
            "kwargs": {"condition": condition},
            "meta": {"rule": f"rule_{n}", "catalogue": "K-01", "mode": "shadow", "correction": name},
        }
        for n, name in enumerate(corrections)
    ]
    suite = {"name": "calls", "meta": {"entity": "call"}, "expectations": entries}
    (folder / "calls.json").write_text(json.dumps(suite))
    for part in ("facts", "functions"):
        shutil.copytree(_ROOT / "sql" / part, tmp_path / "sql" / part, dirs_exist_ok=True)
    return Project((tmp_path,))


def _check(tmp_path: Path, *corrections: str, condition: str = "direction = 'inbound'") -> None:
    project = _rules(tmp_path, *corrections, condition=condition)
    check_corrections(load_suites(project).values(), project)


def test_the_corrections_of_the_project_never_undo_each_other() -> None:
    """Those that write opposite flags do so on opposite evidence."""
    suites = load_suites(shipped())

    check_corrections(suites.values(), shipped())


def test_without_its_evidence_a_correction_of_the_project_is_refused(tmp_path: Path) -> None:
    """The message names both rules, both files, the column and the values."""
    project = Project((tmp_path, _ROOT))
    path = (
        shutil.copytree(_ROOT / "sql" / "corrections", tmp_path / "sql" / "corrections") / "retract_booking_claim.sql"
    )
    path.write_text(path.read_text().replace("-- when: booking_evidence = 'none'\n", ""))

    with pytest.raises(InvalidRule) as refused:
        check_corrections(load_suites(project).values(), project)

    for part in (
        "'booking_claim_has_appointment'",
        "'appointment_is_flagged_on_call'",
        "calls.appointment_made gets 0 from sql/corrections/retract_booking_claim.sql",
        "1 from sql/corrections/set_booking_flags_from_appointment.sql",
    ):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'inbound'", "'outbound'"),
        ("NULL", "'inbound'"),
        ("IF(c.id > 1, 'inbound', 'outbound')", "'sideways'"),
        # values that the text does not tell
        ("c.status", "'inbound'"),
        # both may write 'inbound', and either may find what the other wrote to be wrong
        ("IF(c.id > 1, 'inbound', 'outbound')", "IF(c.id > 2, 'inbound', 'sideways')"),
    ],
)
def test_opposite_values_are_refused(tmp_path: Path, one: str, other: str) -> None:
    """Also where an expression may give several values, or any."""
    _correction(tmp_path, "correct_one", one)
    _correction(tmp_path, "correct_other", other)

    with pytest.raises(InvalidRule, match="rules 'rule_0' and 'rule_1' would undo each other"):
        _check(tmp_path, "correct_one", "correct_other", condition="status = 'x'")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'inbound'", "'inbound'"),
        ("1", "TRUE"),
        # both copy what the data say
        ("c.status", "c.session_outcome"),
        # what is kept is not written, and NULL falls through COALESCE
        ("c.direction", "'inbound'"),
        ("COALESCE(c.direction, 'inbound')", "'inbound'"),
        ("COALESCE(IF(c.id > 1, 'inbound', NULL), c.direction)", "'inbound'"),
        # the second never finds 'inbound' to be wrong: rows come to rest there
        ("'inbound'", "IF(c.id > 1, 'inbound', 'outbound')"),
    ],
)
def test_values_that_come_to_rest_are_accepted(tmp_path: Path, one: str, other: str) -> None:
    """The same value, a kept value, and a value that the other rule is content with."""
    _correction(tmp_path, "correct_one", one)
    _correction(tmp_path, "correct_other", other)

    _check(tmp_path, "correct_one", "correct_other")


def test_what_people_decide_goes_not_back_and_forth(tmp_path: Path) -> None:
    """A person approves each step: opposite values are accepted where one of the two is never made by itself."""
    _correction(tmp_path, "by_itself", "'inbound'")
    _correction(tmp_path, "by_people", "'outbound'")
    file = tmp_path / "sql" / "corrections" / "by_people.sql"
    file.write_text(file.read_text().replace("SELECT", "-- decided by: people\nSELECT", 1))

    _check(tmp_path, "by_itself", "by_people", condition="status = 'x'")


def test_rules_may_share_a_correction(tmp_path: Path) -> None:
    """It writes what its evidence says, whoever asks."""
    _correction(tmp_path, "correct_one", "IF(c.id > 1, 'inbound', 'outbound')")

    _check(tmp_path, "correct_one", "correct_one", condition="status = 'x'")


@pytest.mark.parametrize(
    ("one", "other", "accepted"),
    [
        ("booking_evidence = 'live'", "booking_evidence = 'none'", True),
        ("booking_evidence IN ('live', 'cancelled')", "booking_evidence IN ('none', 'deleted')", True),
        ("appointment_made = 1", "appointment_made = 0", True),
        # several facts, one of which tells them apart
        ("booking_evidence = 'live' AND appointment_made = 1", "status = 'x' AND booking_evidence = 'none'", True),
        ("booking_evidence = 'live'", "booking_evidence <> 'live'", True),
        ("booking_evidence IN ('live', 'none')", "booking_evidence NOT IN ('none', 'live', 'deleted')", True),
        ("customer_id IS NULL", "customer_id IS NOT NULL", True),
        ("customer_id = 5", "customer_id IS NULL", True),
        ("NOT (booking_evidence = 'live')", "(booking_evidence = 'live')", True),
        ("booking_evidence = 'none'", "booking_evidence <> 'live'", False),
        ("booking_evidence <> 'none'", "booking_evidence <> 'live'", False),
        ("customer_id IS NOT NULL", "customer_id = 5", False),
        ("booking_evidence = 'Live '", "booking_evidence <> 'live'", True),
        ("booking_evidence = 'live'", "", False),
        ("booking_evidence = 'live'", "booking_evidence IN ('none', 'live')", False),
        # the database may compare without case, and a number with any text
        ("booking_evidence = 'live'", "booking_evidence = 'LIVE '", False),
        ("booking_evidence = 'live'", "booking_evidence = 0", False),
        ("booking_evidence = 'live'", "status = 'none'", False),
        # it changes together with the contested column
        ("direction = 'inbound'", "direction = 'outbound'", False),
    ],
)
def test_opposite_values_need_opposite_evidence(tmp_path: Path, one: str, other: str, accepted: bool) -> None:
    """The same fact with different values, and a fact that the corrections do not change."""
    _correction(tmp_path, "correct_one", "'inbound'", when=one)
    _correction(tmp_path, "correct_other", "'outbound'", when=other)

    if accepted:
        _check(tmp_path, "correct_one", "correct_other")
    else:
        with pytest.raises(InvalidRule, match="would undo each other"):
            _check(tmp_path, "correct_one", "correct_other")


@pytest.mark.parametrize(
    "when",
    [
        "booking_evidence",
        "booking_evidence = status",
        "booking_evidence = NULL",
        "booking_evidence IS TRUE",
        "booking_evidence LIKE 'l%'",
        "NOT (booking_evidence = 'live' AND status = 'x')",
        "booking_evidence = 'live' OR TRUE",
        "booking_evidence IN (SELECT 'live')",
        "booking_evidence = 1.5",
        "c.booking_evidence = 'live'",
        "booking_evidence = 'live', 1",
        "booking_evidence = '",
    ],
)
def test_a_precondition_is_made_of_facts_and_literals(when: str) -> None:
    """Everything else could not be compared while loading."""
    with pytest.raises(InvalidRule, match="must be `<fact> ="):
        precondition_of(f"-- when: {when}\nSELECT 1", "sql/corrections/x.sql")


def test_a_precondition_stands_once_and_names_a_fact(tmp_path: Path) -> None:
    """A second line or an unknown fact is an error that names the file."""
    with pytest.raises(InvalidRule, match="stands there twice"):
        precondition_of("-- when: a = 'x'\n-- when: b = 'y'\nSELECT 1", "sql/corrections/x.sql")
    _correction(tmp_path, "correct_one", "'inbound'", when="bookings = 'live'")
    with pytest.raises(InvalidRule, match=r"correct_one.sql: .*'bookings', which is no column of sql/facts/calls.sql"):
        _check(tmp_path, "correct_one")


def test_a_correction_is_of_the_table_of_its_rule(tmp_path: Path) -> None:
    """Ids of calls must never reach another table."""
    folder = tmp_path / "sql" / "corrections"
    folder.mkdir(parents=True)
    (folder / "wrong_table.sql").write_text(
        "-- wrong_table: a test.\n-- table: customers\n-- columns: email\nSELECT 1 AS id"
    )

    with pytest.raises(InvalidRule, match="header says table 'customers', but rule 'rule_0' is about calls"):
        _check(tmp_path, "wrong_table")


@pytest.mark.parametrize(
    ("correction", "column", "constants", "anything"),
    [
        ("retract_booking_claim", "session_outcome", {"creation_failed", "abandoned"}, False),
        ("retract_booking_claim", "appointment_link_status", {"creation_failed", "unlinked"}, False),
        ("retract_booking_claim", "appointment_linked_at", {None}, False),
        ("set_booking_flags_from_appointment", "appointment_linked_at", set(), True),
        ("set_booking_flags_from_appointment", "session_outcome", {"appointment_booked"}, False),
        ("judge_customer_link", "customer_link_confidence", {None, Decimal(95), Decimal(100)}, False),
    ],
)
def test_the_values_of_a_correction_are_read(
    correction: str, column: str, constants: set[Constant], anything: bool
) -> None:
    """Through CASE, IF, COALESCE and derived tables; the corrected column itself is only kept."""
    written = written_values(load_correction(shipped(), correction))[column]

    assert (constants, anything) == (set(written.constants), written.anything)


@pytest.mark.parametrize(
    ("condition", "column", "value", "settled"),
    [
        ("direction = 'inbound'", "direction", "inbound", True),
        ("direction IN ('inbound', 'outbound')", "direction", "outbound", True),
        ("direction = 'inbound'", "direction", "INBOUND", False),
        ("direction = 'inbound'", "direction", None, False),
        ("direction IS NULL OR direction <> 'x'", "direction", None, True),
        ("direction IS NOT NULL", "direction", "", True),
        ("direction = 'inbound' AND has_transcript", "direction", "inbound", False),
        ("direction = 'inbound' OR has_transcript", "direction", "inbound", True),
        ("NOT (direction = 'outbound' AND has_transcript)", "direction", "inbound", True),
        # facts that compute something from the column
        ("NOT appointment_made", "appointment_made", Decimal(0), True),
        ("NOT appointment_made", "appointment_made", None, True),
        ("NOT appointment_made", "appointment_made", Decimal(1), False),
        ("claims_booking", "appointment_made", Decimal(1), True),
        ("claims_booking", "booking_confirmed", Decimal(0), False),
        ("appointment_made IS TRUE", "appointment_made", Decimal(1), True),
        ("IF(direction = 'inbound', TRUE, has_transcript)", "direction", "inbound", True),
        ("customer_link_confidence BETWEEN 0 AND 100", "customer_link_confidence", Decimal(50), False),
        ("live_appointments = 0", "direction", "inbound", False),
    ],
)
def test_a_rule_may_be_satisfied_by_one_value_alone(
    condition: str, column: str, value: Constant, settled: bool
) -> None:
    """TRUE whatever the rest of the row says; what is not understood is no proof."""
    known = load_suites(shipped())["calls"].rules[0]
    rule = Rule(**{name: getattr(known, name) for name in known.__slots__} | {"condition": condition})

    assert settled is is_settled(rule, load_facts(shipped(), "calls"), column, value)
