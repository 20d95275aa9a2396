"""Rules about sets: what their statement names and the facts then judge is what the facts find in every row."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from consistency_sandbox.trial import examples
from data_consistency.detect import sets
from data_consistency.detect.scan import facts_of, scan_table
from data_consistency.project import shipped
from data_consistency.rules import Rule
from data_consistency.rules.candidates import candidates_of, digest_of
from data_consistency.rules.facts import load_facts
from data_consistency.rules.outcomes import Scope
from tests.rules.test_rules import NOW, SUITES

pytestmark = pytest.mark.every_server

_FILES = shipped().names("candidates")
_RULES = [
    rule
    for suite in SUITES.values()
    for rule in suite.rules
    if candidates_of(shipped(), rule, load_facts(shipped(), suite.table)) is not None
]
_SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_Row = Mapping[str, Any]
_START = datetime(2026, 4, 2, 20, 0)  # stored without a zone; close to the end of a slot

_STATUS = st.sampled_from(("confirmed", "pending", "booked", "completed", "cancelled", "failed", "odd"))
_DELETED = st.sampled_from((None, None, None, "2026-03-01 00:00:00"))
# Ids of two companies; what looks alike is equal to others in some way, or only seems to be.
_UIDS = st.sampled_from((None, None, "", "u1", "U1", "u2", "7", "07", "u1 ", "7\n", "8"))
_STAY = st.fixed_dictionaries(
    {
        "company_id": st.sampled_from((1, 2)),
        "status": _STATUS,
        "deleted_at": _DELETED,
        "staff_id": st.sampled_from((None, "st1", "ST1", "st2")),
        "begins": st.sampled_from((None, *range(0, 660, 30))),
        "lasts": st.sampled_from((None, -60, 0, 15, 30, 30, 30, 60, 90, 1200)),
        "calcom_booking_id": st.sampled_from((None, None, 7, 8)),
        "calcom_v2_booking_uid": _UIDS,
        "calcom_booking_uid": _UIDS,
        "external_id": _UIDS,
    }
)


def _stay(row: _Row) -> dict[str, Any]:
    """A row of appointments."""
    times = dict(row)
    begins, lasts = times.pop("begins"), times.pop("lasts")
    start = None if begins is None else _START + timedelta(minutes=begins)
    end = None if start is None or lasts is None else start + timedelta(minutes=lasts)
    return times | {"starts_at": start, "ends_at": end}


def _load(engine: Engine, table: str, rows: Iterable[_Row]) -> None:
    with engine.connect() as connection:
        examples.clear(connection)
        connection.execute(text("INSERT INTO companies (id, name, status) VALUES (1, 'A', NULL), (2, 'B', 'archived')"))
        connection.execute(text("INSERT INTO companies (id, name, deleted_at) VALUES (3, 'C', '2026-01-01')"))
        connection.execute(
            text("INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
                 " VALUES ('p1', 1, '+4930111', '+4930111'), ('p2', 2, '+4930222', '+4930222')")
        )  # fmt: skip
        for number, row in enumerate(rows, 1):
            examples.insert(connection, table, [{"id": number} | row])
        connection.commit()


def _agree(engine: Engine, table: str) -> None:
    """Judge a whole table by sets, and row by row."""
    with engine.connect() as connection:
        facts = facts_of(connection, table)
        for rule in (rule for rule in _RULES if rule.table == table):
            alone = replace(SUITES[table], rules=(rule,))
            found = sets.candidates(connection, facts, alone.rules, Scope(kind="full"))
            rows = connection.execute(text(f"SELECT id FROM {table}")).scalars().all()  # a table of the suites
            whole = scan_table(connection, alone, Scope(kind="full"), NOW, silent={})
            each = scan_table(connection, alone, Scope(kind="ids", ids=tuple(rows)), NOW, silent={})

            assert [0] == list(found), rule.id
            assert each.violations == whole.violations, rule.id


@_SLOW
@given(rows=st.lists(_STAY, min_size=2, max_size=9))
def test_appointments_are_judged_by_sets_as_one_by_one(rules_engine: Engine, rows: list[_Row]) -> None:
    """Staff, ids of bookings and companies, on whatever rows."""
    _load(rules_engine, "appointments", [_stay(row) for row in rows])

    _agree(rules_engine, "appointments")


_SAID = st.sampled_from((None, "u1", "U1", "7", "07", "8", "7\n"))


@_SLOW
@given(
    ids=st.lists(st.sampled_from((None, "u1", "7", "07", "007", "8", "7\n")), min_size=2, max_size=4, unique=True),
    said=st.lists(st.tuples(_SAID, _SAID, st.sampled_from((None, None, 7))), min_size=4, max_size=4),
)
def test_ids_that_are_unique_in_their_column_are_compared_with_others(
    rules_engine: Engine, ids: list[str | None], said: list[tuple[str | None, str | None, int | None]]
) -> None:
    """The column that a source has but once for each value may hold a number, or a uid, that another column has."""
    # Collations that ignore the end of a line take these for one value.
    known = [uid for uid in ids if uid != "7\n" or "7" not in ids]
    rows = [
        {"company_id": 1, "status": "confirmed", "calcom_v2_booking_id": uid, "external_id": outside,
         "calcom_booking_uid": older, "calcom_booking_id": number}
        for uid, (outside, older, number) in zip(known, said, strict=False)
    ]  # fmt: skip
    _load(rules_engine, "appointments", rows)

    _agree(rules_engine, "appointments")


_PHONE = st.sampled_from((None, "", "anonymous", "+49170111", "0170111", "+4917011122", "017011122", "+4917033344"))


@_SLOW
@given(
    rows=st.lists(
        st.fixed_dictionaries({"company_id": st.sampled_from((1, 2, 3, 9)), "phone": _PHONE, "deleted_at": _DELETED}),
        min_size=2,
        max_size=7,
    )
)
def test_customers_are_judged_by_sets_as_one_by_one(rules_engine: Engine, rows: list[_Row]) -> None:
    """Numbers in all spellings, and companies that are not there."""
    _load(rules_engine, "customers", [{"name": "Eva Muster", **row} for row in rows])

    _agree(rules_engine, "customers")


@_SLOW
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "company_id": st.sampled_from((1, 2, 3, 9)),
                "phone_number_id": st.sampled_from((None, "p1", "P1", "p2", "p9")),
                "to_number": st.sampled_from((None, "", "+4930111", "030111", "+4930222", "+4930999")),
                "direction": st.sampled_from((None, "inbound", "outbound")),
                "deleted_at": _DELETED,
            }
        ),
        min_size=1,
        max_size=7,
    )
)
def test_calls_are_judged_by_sets_as_one_by_one(rules_engine: Engine, rows: list[_Row]) -> None:
    """Numbers of the company, of others and of nobody, and companies that are not there."""
    _load(rules_engine, "calls", [{"retell_call_id": f"r{number}", **row} for number, row in enumerate(rows)])

    _agree(rules_engine, "calls")


def test_three_at_one_time_are_all_named(rules_engine: Engine) -> None:
    """One that lasts long overlaps what is no neighbour of it; what only touches is not named."""
    stay = {"company_id": 1, "status": "confirmed", "deleted_at": None, "staff_id": "st1"}
    times = ((0, 300), (30, 30), (120, 30), (300, 30), (600, 30))
    _load(rules_engine, "appointments", [_stay(stay | {"begins": begin, "lasts": lasts}) for begin, lasts in times])
    rule = next(rule for rule in _RULES if rule.catalogue == "P-04")
    with rules_engine.connect() as connection:
        facts = facts_of(connection, "appointments")
        found = sets.candidates(connection, facts, [rule], Scope(kind="full"))

    assert {0: (1, 2, 3)} == found


def test_too_many_candidates_are_found_by_reading_every_row(
    rules_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where everything is wrong, the table is read once, as it is for other rules; what is found is the same."""
    rows = [{"name": "Eva Muster", "company_id": 1, "phone": "+4917011122"} for _ in range(6)]
    _load(rules_engine, "customers", rows)
    rule = next(rule for rule in _RULES if rule.catalogue == "I-12")
    monkeypatch.setattr(sets, "MAX_CANDIDATES", 5)
    with rules_engine.connect() as connection:
        found = sets.candidates(connection, facts_of(connection, "customers"), [rule], Scope(kind="full"))
        scan = scan_table(connection, SUITES["customers"], Scope(kind="full"), NOW)

    assert ({}, [1, 2, 3, 4, 5, 6]) == (found, scan.ids_of(rule.id))


def test_a_part_of_a_table_is_read_row_by_row(rules_engine: Engine) -> None:
    """Some ids, a range or one company: the set of all rows would cost more than they do."""
    scopes = (
        Scope(kind="changed", ids=(1,)),
        Scope(kind="range", first_id=1, last_id=9),
        Scope(kind="full", company_id=1),
    )
    with rules_engine.connect() as connection:
        for rule in _RULES:
            facts = facts_of(connection, rule.table)

            assert [{}, {}, {}] == [sets.candidates(connection, facts, [rule], scope) for scope in scopes]


def test_other_facts_have_no_statement() -> None:
    """A project, a mapping or a schema that reads other facts is judged by these, row by row."""
    for rule in _RULES:
        facts = load_facts(shipped(), rule.table)
        other = replace(facts, sql=facts.sql.replace("deleted_at IS NULL", "deleted_at IS NOT NULL"))

        assert candidates_of(shipped(), rule, facts) is not None
        assert candidates_of(shipped(), rule, other) is None
        assert candidates_of(shipped(), replace(rule, condition=f"({rule.condition})"), facts) is None


@pytest.mark.parametrize("name", _FILES)
def test_every_statement_is_of_a_rule_and_its_facts_as_they_are(name: str) -> None:
    """Who changes facts or a condition looks at the statement, too, and writes the digest that this says."""
    header = shipped().text("candidates", name)
    rules: list[Rule] = [
        rule
        for suite in SUITES.values()
        for rule in suite.rules
        if f"-- table: {rule.table}," in header and f"condition: {rule.condition}\n" in header
    ]

    assert 1 == len(rules)
    assert f"facts: {digest_of(rules[0], load_facts(shipped(), rules[0].table))}," in header


@pytest.mark.parametrize("written", ["07", "7\n"])
def test_a_number_written_otherwise_is_named(rules_engine: Engine, written: str) -> None:
    """Its value alone is equal to the number of another row, which no index of texts can tell."""
    rows = [
        {"company_id": 1, "status": "confirmed", "calcom_v2_booking_id": written},
        {"company_id": 1, "status": "confirmed", "calcom_booking_id": 7},
    ]
    _load(rules_engine, "appointments", rows)
    rule = next(rule for rule in _RULES if rule.catalogue == "C-02")
    with rules_engine.connect() as connection:
        scan = scan_table(connection, SUITES["appointments"], Scope(kind="full"), NOW, silent={})

    assert 1 in scan.ids_of(rule.id)
