"""Python and the database judge names, numbers and customer links alike, whatever is stored."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from data_consistency.db import sql
from data_consistency.identity import (
    LinkFacts,
    LinkMethod,
    LinkStatus,
    call_name,
    is_call_name,
    is_dialable,
    is_suppressed,
    judge_link,
    judge_name,
    name_key,
    names_call,
    other_number,
    to_e164,
)
from data_consistency.project import shipped
from data_consistency.rules.facts import load_facts
from data_consistency.rules.functions import expand, read_sql
from data_consistency.rules.outcomes import Scope
from data_consistency.runtime import Runtime
from tests.integration import texts

pytestmark = pytest.mark.every_server

_NOW = "2026-03-30 12:00:00"
_FOREIGN_STAFF = "Ольга Иванова"
_BATCH = 1500
_CALLS = 400
_TEXTS = (
    "CREATE TEMPORARY TABLE texts (id INT PRIMARY KEY, value VARCHAR(255))"
    " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
)
_OF_NAMES = (
    "SELECT NAME_IS_NONE(t.value), NAME_IS_DOUBTFUL(t.value) OR NAME_IS_OF_STAFF(t.value, 1)"
    " FROM texts AS t ORDER BY t.id"
)
_NAMES = (
    "CREATE TEMPORARY TABLE names (id INT PRIMARY KEY, value VARCHAR(191) COLLATE utf8mb4_bin,"
    " retell VARCHAR(255) COLLATE utf8mb4_unicode_ci) CHARACTER SET utf8mb4"
)
_OF_CALLS = (
    "SELECT COALESCE(NAMES_CALL(n.value, n.retell, 4711), 0), IS_CALL_NAME(n.value) FROM names AS n ORDER BY n.id"
)
_OF_NUMBERS = "SELECT IS_SUPPRESSED(t.value), E164(t.value), IS_DIALABLE(t.value) FROM texts AS t ORDER BY t.id"
# id, company, phone, deleted_at
_CUSTOMERS = (
    (1, 1, "+491713920001", None),
    (2, 2, "+491713920002", None),
    (3, 1, "+491713920003", _NOW),
    (4, 1, "+491713920004", None),
    (5, 1, "+491713920004", None),
    (6, 1, "0171 / 392 00 06", None),
    (7, 1, "+491713920007", None),
    (8, 1, "0171 392-0007", None),
    (9, 1, "anonymous_1700000000_0a1b2c3d", None),
    (10, 1, None, None),
    (11, 2, "+491713920001", None),
    (12, 1, "+491713920001", _NOW),
    (13, 1, "+266696687", None),
)
_CALLERS = (
    *(None, "anonymous", "unknown", "anonymous_1700000000_0a1b2c3d", "12345", "0049 171 3920007"),
    *("+266696687", "Restricted", "sip:anonymous@anonymous.invalid", "+49 (0) 171 3920006", "49\u2011171 3920001"),
    *(f"+49171392000{n}" for n in range(9)),
)
_CONFIDENCES = (None, None, None, None, -1, 0, 39.99, 40, 69.99, 70, 85, 100, 100.5, 101)
_SEEDS = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def engine(rt: Runtime) -> Engine:
    """A schema with customers and staff, and some of what only years of hand-made changes leave behind."""
    with rt.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO staff (id, company_id, name, is_active) VALUES (:id, :company, :name, :active)"),
            [{"id": f"s{n}", "company": 1, "name": name, "active": 1} for n, name in enumerate(texts.STAFF)]
            + [
                {"id": "s8", "company": 1, "name": "Günter Demir-Öz", "active": 0},
                {"id": "s9", "company": 2, "name": _FOREIGN_STAFF, "active": 1},
            ],
        )
        connection.execute(
            text(
                "INSERT INTO customers (id, company_id, name, phone, deleted_at)"
                " VALUES (:id, :company, 'Eva Muster', :phone, :deleted)"
            ),
            [dict(zip(("id", "company", "phone", "deleted"), row, strict=True)) for row in _CUSTOMERS],
        )
    return rt.engine


def _judged(engine: Engine, values: list[str], query: str) -> list[tuple[Any, ...]]:
    """What the database says of each text, in one statement."""
    with engine.connect() as connection:
        connection.exec_driver_sql(_TEXTS)
        connection.execute(
            text("INSERT INTO texts VALUES (:id, :value)"), [{"id": n, "value": v} for n, v in enumerate(values)]
        )
        found = connection.exec_driver_sql(expand(shipped(), query, "test"), execution_options={"no_parameters": True})
        rows = [tuple(row) for row in found]
        connection.exec_driver_sql("DROP TEMPORARY TABLE texts")
        return rows


@_SEEDS
@given(seed=st.integers(0, 10**9))
def test_names_are_judged_alike(engine: Engine, seed: int) -> None:
    """Certainly none, doubtful or genuine."""
    values = texts.names(random.Random(seed), _BATCH)

    answers = _judged(engine, values, _OF_NAMES)

    different = []
    for value, (is_none, is_doubtful) in zip(values, answers, strict=True):
        by_database = "not_genuine" if is_none else "doubtful" if is_doubtful else "genuine"
        verdict = judge_name(value, texts.STAFF)
        if verdict.name_class != by_database:
            different.append((value, verdict, by_database))
    assert [] == different[:5]


@_SEEDS
@given(seed=st.integers(0, 10**9))
def test_names_have_one_key(engine: Engine, seed: int) -> None:
    """Titles, hyphens, blanks, umlauts: one spelling, by the database and by us."""
    values = texts.german_names(random.Random(seed), _BATCH)

    answers = _judged(engine, values, "SELECT NAME_KEY(t.value) FROM texts AS t ORDER BY t.id")

    different = [(v, name_key(v), key) for v, (key,) in zip(values, answers, strict=True) if name_key(v) != key]
    assert [] == different[:5]


@_SEEDS
@given(seed=st.integers(0, 10**9))
def test_numbers_are_judged_alike(engine: Engine, seed: int) -> None:
    """Withheld, in full, to be dialled."""
    values = texts.numbers(random.Random(seed), _BATCH)

    answers = _judged(engine, values, _OF_NUMBERS)

    expected = [(int(is_suppressed(value)), to_e164(value), int(is_dialable(value))) for value in values]
    assert [] == [row for row in zip(values, expected, answers, strict=True) if row[1] != row[2]][:5]


@_SEEDS
@given(seed=st.integers(0, 10**9))
def test_customer_links_are_judged_alike(engine: Engine, seed: int) -> None:
    """The facts that the rules read and the values that the correction proposes follow the one table."""
    rng = random.Random(seed)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
        calls = _store_calls(connection, rng)
        owners = _store_appointments(connection, rng)
        expected_status = _expected_statuses(connection)
        proposals = _proposals(connection, [call["id"] for call in calls])
        connection.rollback()

    different = []
    for call in calls:
        number = call["id"]
        staff = texts.STAFF if call["company_id"] == 1 else (_FOREIGN_STAFF,)
        facts = judge_link(_facts_of(call, owners, in_any_spelling=False), staff)
        verdict = judge_link(_facts_of(call, owners, in_any_spelling=True), staff)
        wanted = (verdict.status, verdict.method, verdict.confidence, verdict.is_automatic)
        if expected_status[number] != facts.status or proposals[number] != wanted:
            different.append((call, facts, expected_status[number], verdict, proposals[number]))
    assert [] == different[:3]


def _store_calls(connection: Connection, rng: random.Random) -> list[dict[str, Any]]:
    names = texts.names(rng, _CALLS)
    calls = [
        {
            "id": n,
            "company_id": rng.choice((1, 1, 1, 2)),
            "retell_call_id": f"r{n}",
            "customer_id": rng.choice((None, None, 999, *(row[0] for row in _CUSTOMERS))),
            "direction": rng.choice((None, "inbound", "inbound", "outbound")),
            "from_number": rng.choice(_CALLERS),
            "to_number": rng.choice(_CALLERS),
            "customer_name": rng.choice((None, names[n], names[n])),
            "customer_link_status": rng.choice(list(LinkStatus)).value,
            "customer_link_method": rng.choice((None, *(method.value for method in LinkMethod))),
            "customer_link_confidence": rng.choice(_CONFIDENCES),
        }
        for n in range(1, _CALLS)
    ]
    columns = ", ".join(calls[0])
    markers = ", ".join(f":{column}" for column in calls[0])
    connection.execute(text(f"INSERT INTO calls ({columns}) VALUES ({markers})"), calls)
    return calls


def _store_appointments(connection: Connection, rng: random.Random) -> set[tuple[int, int]]:
    """Appointments of calls; returns pairs of call and customer that one of them proves."""
    rows = [
        {
            "call": rng.randrange(1, _CALLS),
            "customer": rng.choice((1, 2, 3, 4, 5, 6, 7, 8, 13)),
            "deleted": rng.choice((None, None, _NOW)),
        }
        for _ in range(_CALLS)
    ]
    # The source's own triggers refuse another company's customer.
    companies = {row[0]: row[1] for row in _CUSTOMERS}
    connection.execute(
        text(
            "INSERT INTO appointments (company_id, call_id, customer_id, deleted_at)"
            " VALUES (:company, :call, :customer, :deleted)"
        ),
        [row | {"company": companies[row["customer"]]} for row in rows],
    )
    return {(row["call"], row["customer"]) for row in rows if row["deleted"] is None}


def _expected_statuses(connection: Connection) -> dict[int, str]:
    facts, params = load_facts(shipped(), "calls").scoped(Scope(kind="full"))
    query = f"SELECT f.id, f.expected_link_status FROM ({facts}) AS f"
    return {row[0]: row[1] for row in sql.execute(connection, query, params | {"now": _NOW})}


def _proposals(connection: Connection, ids: list[int]) -> dict[int, tuple[Any, ...]]:
    params = {"ids": ids, "now": _NOW}
    query = read_sql(shipped(), "corrections", "judge_customer_link")
    return {
        row["id"]: (
            row["customer_link_status"],
            row["customer_link_method"],
            None if row["customer_link_confidence"] is None else float(row["customer_link_confidence"]),
            row["refusal"] is None,
        )
        for row in sql.execute(connection, query, params).mappings()
    }


def _facts_of(call: dict[str, Any], owners: set[tuple[int, int]], *, in_any_spelling: bool) -> LinkFacts:
    """What Python is told of a call; the facts of the rules compare stored spellings only, which an index can."""
    known = {row[0]: row for row in _CUSTOMERS}
    customer = known.get(call["customer_id"])
    spell = to_e164 if in_any_spelling else str
    phone = customer[2] if customer else None
    return LinkFacts(
        status=call["customer_link_status"],
        method=call["customer_link_method"],
        confidence=call["customer_link_confidence"],
        from_number=other_number(call["direction"], call["from_number"], call["to_number"]),
        customer_name=call["customer_name"],
        has_customer=call["customer_id"] is not None,
        customer_fits=customer is not None and customer[1] == call["company_id"] and customer[3] is None,
        customer_phone=phone,
        phone_is_shared=any(
            row[0] != call["customer_id"]
            and row[1] == call["company_id"]
            and row[3] is None
            and row[2] is not None
            and spell(row[2]) == spell(phone)
            for row in _CUSTOMERS
        ),
        appointment_fits=(call["id"], call["customer_id"]) in owners,
    )


def test_python_and_the_database_know_a_calls_names_alike(rt: Runtime) -> None:
    """Whatever stands in a booking: whether it is this call's, and whether it can be told apart."""
    generator = random.Random(5)
    known = [
        "call_9f86d081884c7d659a2feaa0c55ad015",
        "CALL_AB12",
        "4711",
        "call_4711",
        "temp_1_ab",
        "None",
        "call_1",
        "",
    ]
    values = [call_name(generator.choice([*known, *texts.names(generator, 1)])) for _ in range(_BATCH)]
    retell = [generator.choice(known) for _ in values]
    with rt.engine.connect() as connection:
        connection.execute(text(_NAMES))
        connection.execute(
            text("INSERT INTO names (id, value, retell) VALUES (:id, :value, :retell)"),
            [{"id": n, "value": value, "retell": of} for n, (value, of) in enumerate(zip(values, retell, strict=True))],
        )
        found = connection.execute(text(expand(shipped(), _OF_CALLS, "test"))).all()

    expected = [
        (names_call(value, call_id=4711, retell_call_id=of), is_call_name(value))
        for value, of in zip(values, retell, strict=True)
    ]
    assert expected == [(bool(named), bool(apart)) for named, apart in found]
