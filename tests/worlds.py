"""Small worlds in a throw-away schema: the source's tables, some rows, our own tables."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Engine, text
from sqlalchemy.engine import Connection

from consistency_sandbox.source_schema import create_source_schema
from data_consistency import config
from data_consistency import runtime as runtimes
from data_consistency.db import engine as engines
from data_consistency.project import shipped
from data_consistency.runtime import Runtime
from data_consistency.schema import migrations

OURS = "+4930100000"
_NUMBERS = (
    ("10000000-0000-4000-8000-000000000001", 1, OURS),
    ("10000000-0000-4000-8000-000000000002", 2, "+4930200000"),
)


def make_engine(url: str | URL, **options: Any) -> Engine:
    """An engine with the statements of this checkout."""
    return engines.make_engine(url, shipped(), **options)


def make_quick_engine(url: str | URL, **options: Any) -> Engine:
    """A quick engine with the statements of this checkout."""
    return engines.make_quick_engine(url, shipped(), **{"zone": ZoneInfo("UTC"), **options})


def create(
    url: str,
    *,
    triggers: bool = False,
    change_columns: bool = True,
    zone: ZoneInfo | None = None,
    changed: Callable[[Connection], object] | None = None,
) -> None:
    """Source tables, two companies and our tables; the triggers only when asked for, so that bad rows can exist.

    Args:
        url: of an empty schema.
        triggers: whether ours are wanted.
        change_columns: whether columns of ours are wanted.
        zone: of the source; None: that of the settings' default.
        changed: what makes another source of the one that there is, before anything of ours is added.
    """
    engine = make_engine(url, zone=zone)
    try:
        with engine.begin() as connection:
            create_source_schema(connection)
            if changed is not None:
                changed(connection)
            for company in (1, 2):
                connection.execute(
                    text("INSERT INTO companies (id, name) VALUES (:id, :name)"), {"id": company, "name": f"C{company}"}
                )
            for number_id, company, number in _NUMBERS:
                connection.execute(
                    text(
                        "INSERT INTO phone_numbers (id, company_id, number, number_normalized)"
                        " VALUES (:id, :company, :number, :number)"
                    ),
                    {"id": number_id, "company": company, "number": number},
                )
        migrations.migrate(
            engine, adopt=schema_of(url), environment="test", triggers=triggers, change_columns=change_columns
        )
    finally:
        engine.dispose()


def schema_of(url: str) -> str:
    """Name of the schema in a URL."""
    return str(make_engine(url).url.database)


def runtime(url: str, **settings: str) -> Runtime:
    """A runtime on a schema; settings by the name of their variable, without the prefix."""
    environ: Mapping[str, str] = {
        "CONSISTENCY_DB_URL": url,
        "CONSISTENCY_DRY_RUN": "false",
        "CONSISTENCY_VAR": os.environ["CONSISTENCY_VAR"],
        **{f"CONSISTENCY_{name}": value for name, value in settings.items()},
    }
    return runtimes.build(environ)


def series(first: int, last: int, *, name: str = "series") -> str:
    """A derived table of whole numbers, column `seq`, in words that every server understands; up to a million."""
    digit = "(SELECT 0 AS n" + "".join(f" UNION ALL SELECT {number}" for number in range(1, 10)) + ")"
    places = range(len(str(last)))
    number = " + ".join(f"{10**place} * d{place}.n" for place in places)
    digits = " CROSS JOIN ".join(f"{digit} AS d{place}" for place in places)
    return f"(SELECT {number} AS seq FROM {digits} HAVING seq BETWEEN {first} AND {last}) AS {name}"


# One time for a whole run: asked twice it is the same, also where a second ends in between.
_BEGUN = config.utc_now().replace(tzinfo=None, microsecond=0)


def long_ago(days: int = 3) -> datetime:
    """A time that no minimum age reaches, days before the tests began; the same whenever it is asked for."""
    return _BEGUN - timedelta(days=days)


def add(engine: Engine, table: str, **values: object) -> int:
    """Insert one row as it would stand there for long; returns its id."""
    row = {"created_at": long_ago(), "consistency_changed_at": long_ago(), **values}
    columns = ", ".join(row)
    markers = ", ".join(f":{column}" for column in row)
    with engine.begin() as connection:
        result = connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({markers})"), row)
        return int(result.lastrowid)


def add_call(engine: Engine, **values: object) -> int:
    """Insert a call that is fine: inbound, anonymous, nothing booked."""
    with engine.connect() as connection:
        number = int(connection.execute(text("SELECT COUNT(*) FROM calls")).scalar_one())
    row: dict[str, object] = {
        "company_id": 1,
        "retell_call_id": f"call_{number:08x}",
        "direction": "inbound",
        "from_number": "anonymous",
        "to_number": OURS,
        "phone_number_id": _NUMBERS[int(str(values.get("company_id", 1))) - 1][0],
        "status": "completed",
        "duration_sec": 60,
        "summary": "s",
        "session_outcome": "information_only",
        "customer_link_status": "anonymous",
        "transcript": "t",
        **values,
    }
    return add(engine, "calls", **row)


def add_customer(engine: Engine, **values: object) -> int:
    """Insert a customer that is fine."""
    return add(engine, "customers", **{"company_id": 1, "name": "Eva Muster", "phone": "+491700000001", **values})


def add_appointment(engine: Engine, **values: object) -> int:
    """Insert an appointment that is fine: entered by hand, long over."""
    start = long_ago(2)
    row: dict[str, object] = {
        "company_id": 1,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=30),
        "status": "completed",
        "source": "walk-in",
        **values,
    }
    return add(engine, "appointments", **row)


def row(engine: Engine, table: str, row_id: int) -> dict[str, object]:
    """One row, as it stands now."""
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": row_id}).mappings().one()
        return dict(found)


def execute(engine: Engine, statement: str, **params: object) -> list[tuple[object, ...]]:
    """Any statement, as somebody else would send it."""
    with engine.begin() as connection:
        result = connection.execute(text(statement), params)
        return [tuple(found) for found in result] if result.returns_rows else []
