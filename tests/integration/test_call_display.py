"""The view for pages shows what the display functions say, follows its file and leaves with the rest."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency.identity import (
    LinkMethod,
    LinkStatus,
    caller_name,
    is_number_copyable,
    link_badge,
    link_method_text,
    number_text,
)
from data_consistency.review.rows import Side, read_rows
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations
from tests import worlds
from tests.integration import texts
from tests.worlds import make_engine

pytestmark = pytest.mark.every_server

_ROWS = 300
_VIEW = "consistency_call_display"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_the_view_shows_what_the_functions_say(rt: Runtime, seed: int) -> None:
    """Names in one order, numbers, badges, tooltips and methods of random calls."""
    rng = random.Random(seed)
    with rt.engine.connect() as connection:
        customers = _store_customers(connection, rng)
        calls = _store_calls(connection, rng)
        shown = {row["call_id"]: dict(row) for row in connection.execute(text(f"SELECT * FROM {_VIEW}")).mappings()}
        on_page = {call_id: _on_page(connection, call_id) for call_id in list(shown)[:40]}
        connection.rollback()

    expected = {call["id"]: _expected(call, customers) for call in calls if call["deleted_at"] is None}
    assert expected.keys() == shown.keys()
    assert [] == [(expected[n], shown[n]) for n in expected if expected[n] != shown[n]][:3]
    assert {n: shown[n]["caller_name"] for n in on_page} == on_page


def test_a_page_finds_its_call_by_the_primary_key(rt: Runtime) -> None:
    """The view is merged into the query of whoever reads it: nothing is computed for other calls."""
    for _ in range(20):
        worlds.add_call(rt.engine)

    plan = worlds.execute(
        rt.engine, f"EXPLAIN FORMAT=TRADITIONAL SELECT * FROM {_VIEW} WHERE call_id = 7 AND company_id = 1"
    )

    assert {"PRIMARY", "SIMPLE"} >= {str(row[1]) for row in plan}
    assert all(str(row[3]) in {"const", "eq_ref", "system", "None"} for row in plan)


def test_the_view_follows_its_file_and_leaves_with_the_rest(rt: Runtime) -> None:
    """A migration replaces an old text; rollback drops it and no other view."""
    worlds.execute(rt.engine, f"CREATE OR REPLACE VIEW {_VIEW} AS SELECT 1 AS old")
    worlds.execute(rt.engine, "CREATE VIEW of_somebody_else AS SELECT 1 AS one")

    migrations.migrate(rt.engine)
    columns = worlds.execute(rt.engine, f"SHOW COLUMNS FROM {_VIEW}")
    migrations.rollback(rt.engine, to="0004")

    assert "caller_name" in {column[0] for column in columns}
    assert [("of_somebody_else",)] == _views(rt.engine)


def test_a_source_without_its_columns_has_no_view(empty_schema: str, caplog: pytest.LogCaptureFixture) -> None:
    """An older generation of the source is migrated all the same, and the log says what is left out."""
    engine = make_engine(empty_schema)
    with engine.begin() as connection:
        create_source_schema(connection)
        connection.execute(text("ALTER TABLE calls DROP COLUMN customer_name_verified"))

    migrations.migrate(engine, adopt=str(engine.url.database), environment="test", triggers=False)

    assert _views(engine) == []
    assert f"view left out, the source lacks a column it reads view={_VIEW}" in caplog.text
    engine.dispose()


def _on_page(connection: Connection, call_id: int) -> object:
    """How a reviewer sees the caller beside an item about the call, whoever's it is."""
    item: Any = SimpleNamespace(entity="call", entity_id=call_id, company_id=None)
    (call,) = [row for row in read_rows(connection, item, with_people=True) if row.side is Side.CALL]
    return next(fact.value for fact in call.facts if fact.name == "shown_as")


def _views(engine: Engine) -> list[tuple[object, ...]]:
    return worlds.execute(engine, "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE()")


def _store_customers(connection: Connection, rng: random.Random) -> dict[int, dict[str, Any]]:
    rows = [
        {"id": n, "company": rng.choice((1, 2)), "name": name, "deleted": rng.choice((None, None, worlds.long_ago()))}
        for n, name in enumerate(texts.names(rng, 60), 1)
    ]
    connection.execute(
        text("INSERT INTO customers (id, company_id, name, deleted_at) VALUES (:id, :company, :name, :deleted)"), rows
    )
    return {int(row["id"]): row for row in rows}


def _store_calls(connection: Connection, rng: random.Random) -> list[dict[str, Any]]:
    numbers = texts.numbers(rng, 2 * _ROWS)
    calls = [
        {
            "id": n,
            "company_id": rng.choice((1, 2)),
            "retell_call_id": f"r{n}",
            "customer_id": rng.choice((None, rng.randint(1, 60))),
            "customer_name": rng.choice((None, name, name)),
            "customer_name_verified": rng.choice((0, 1)),
            "direction": rng.choice((None, "inbound", "outbound")),
            "from_number": rng.choice((None, numbers.pop(), "+491713920001")),
            "to_number": rng.choice((None, numbers.pop())),
            "customer_link_status": rng.choice(list(LinkStatus)).value,
            "customer_link_method": rng.choice((None, *(method.value for method in LinkMethod))),
            "customer_link_confidence": rng.choice((None, -1, 0, 0.5, 49.5, 50.49, 99.5, 100, 100.01)),
            "deleted_at": rng.choice((None, None, None, worlds.long_ago())),
        }
        for n, name in enumerate(texts.names(rng, _ROWS), 1)
    ]
    columns = ", ".join(calls[0])
    markers = ", ".join(f":{column}" for column in calls[0])
    connection.execute(text(f"INSERT INTO calls ({columns}) VALUES ({markers})"), calls)
    return calls


def _expected(call: dict[str, Any], customers: dict[int, dict[str, Any]]) -> dict[str, Any]:
    customer = customers.get(call["customer_id"])
    fits = customer is not None and customer["company"] == call["company_id"] and customer["deleted"] is None
    number = call["to_number"] if call["direction"] == "outbound" else call["from_number"]
    caller = caller_name(
        customer_profile_name=customer["name"] if customer and fits else None,
        link_status=call["customer_link_status"],
        spoken_name=call["customer_name"],
        is_name_verified=call["customer_name_verified"] == 1,
        number=number,
    )
    badge = link_badge(call["customer_link_status"], call["customer_link_confidence"])
    return {
        "call_id": call["id"],
        "company_id": call["company_id"],
        "caller_name": caller.name,
        "caller_mark": caller.mark.value,
        "number_text": number_text(number),
        "number_text_in_list": number_text(number, in_list=True),
        "number_is_copyable": int(is_number_copyable(number)),
        "link_badge": badge.text,
        "link_tooltip": badge.tooltip,
        "link_method_text": link_method_text(call["customer_link_method"]),
    }
