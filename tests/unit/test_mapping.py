"""Mapping files are read strictly: each mistake is one error that names file, table and column."""

import json
from pathlib import Path

import pytest

from data_consistency.errors import InvalidMapping
from data_consistency.project import Project, shipped
from data_consistency.rules.facts import Facts, load_facts
from data_consistency.rules.grouped import steady
from data_consistency.schema.canonical import REQUIRED_COLUMNS, REQUIRED_TABLES, Kind, canonical_tables, kind_of
from data_consistency.schema.mapped_columns import MappedColumn, fit
from data_consistency.schema.mapping import Origin, SchemaMapping, load_mapping

_SHIPPED = sorted((shipped().home / "sql" / "mappings").glob("*.json"))
_FACTS = shipped().home / "sql" / "facts"


def _file(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def _of_calls(**columns: object) -> dict[str, object]:
    return {"tables": {"calls": {"columns": columns}}}


def _fitted(mapping: SchemaMapping, table: str, **types: str) -> dict[str, MappedColumn]:
    catalogue = {
        ("crm", name): {column: "bigint" if column == "id" else "varchar" for column in columns}
        for name, columns in canonical_tables(shipped()).items()
    }
    catalogue["crm", table].update(types)
    tables = {item.name: item for item in fit(mapping, catalogue, "crm")}
    return {column.name: column for column in tables[table].columns}


def test_the_canonical_tables_are_those_of_the_source() -> None:
    """Names and types come from sql/source/, where keys and constraints are no columns."""
    calls = canonical_tables(shipped())["calls"]

    assert 13 == len(canonical_tables(shipped()))
    assert ("VARCHAR(50)", "DECIMAL(5, 2)") == (calls["session_outcome"], calls["verification_confidence"])
    assert [Kind.WHOLE, Kind.TEXT, Kind.TIME, Kind.DOCUMENT, Kind.DECIMAL] == [
        kind_of(name) for name in ("TINYINT(1)", "ENUM", "TIMESTAMP", "JSON", "DECIMAL(5, 2)")
    ]
    assert not {"KEY", "PRIMARY", "NOT"} & set(calls)
    assert all(column in canonical_tables(shipped())[table] for table in REQUIRED_TABLES for column in REQUIRED_COLUMNS)


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.stem)
def test_shipped_mappings_can_be_read(path: Path) -> None:
    """S2, S3 and the example."""
    mapping = load_mapping(shipped(), path)

    assert (path.stem, f"mappings/{path.name}") == (mapping.name, mapping.where)
    assert mapping.tables


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "cannot be read as JSON"),
        ('{"tables": {}, "tables": {}}', "key 'tables' stands twice"),
        ([], "an object is expected, not list"),
        ({"table": {}}, "unknown key 'table'; known are notes, schema, tables"),
        ({"schema": "a b"}, "schema: 'a b' is no name"),
        ({"tables": []}, "tables: an object is expected"),
        ({"tables": {"visits": {}}}, "visits: 'visits' is no canonical table; there are companies, branches"),
        ({"tables": {"calls": []}}, "calls: an object is expected"),
        ({"tables": {"calls": {"source": "x"}}}, "calls: unknown key 'source'"),
        ({"tables": {"calls": {"table": 7}}}, "calls: table: 7 is no name"),
        ({"tables": {"calls": {"table": "a`.b"}}}, "calls: table: 'a`' is no name"),
        (_of_calls(price="x"), "calls.price: 'price' is no column of the canonical table calls"),
        (_of_calls(status=7), "calls.status: an object is expected, not int"),
        (_of_calls(status="a b"), "calls.status: 'a b' is no name"),
        (_of_calls(status={}), "calls.status: exactly one of column, json, join, value"),
        (_of_calls(status={"column": "a", "value": "b"}), "calls.status: exactly one of"),
        (_of_calls(status={"column": "a", "path": "$.b"}), "calls.status: unknown key 'path'"),
        (_of_calls(status={"column": "a", "values": {}}), "calls.status: 'values' translates words"),
        (_of_calls(status={"column": "a", "values": {"x": 1}}), "calls.status: 1 is no text"),
        (_of_calls(duration_sec={"column": "a", "values": {"x": True}}), "calls.duration_sec: True is no whole number"),
        (_of_calls(created_at={"column": "a", "values": {"x": "y"}}), "calls.created_at: 'values' translates words"),
        (_of_calls(status={"json": "a"}), "calls.status: path None is not like $.key"),
        (_of_calls(status={"json": "a", "path": "$.b') OR ('1"}), "is not like $.key"),
        (_of_calls(created_at={"json": "a", "path": "$.b"}), "calls.created_at: a time cannot be read"),
        (_of_calls(status={"join": ["a"]}), "calls.status: 'join' takes two columns"),
        (_of_calls(duration_sec={"join": ["a", "b"]}), "calls.duration_sec: 'join' takes two columns"),
        (_of_calls(created_at={"value": "now"}), "calls.created_at: 'now' is no time"),
        (_of_calls(status="a", call_status="a"), "calls.status: source column 'a' is taken twice"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, document: object, message: str) -> None:
    """The message begins with the file and says table, column and what is wrong."""
    with pytest.raises(InvalidMapping) as raised:
        load_mapping(shipped(), _file(tmp_path, document))

    assert str(raised.value).startswith(f"{tmp_path.name}/mine.json: ")
    assert message in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As one that cannot be read."""
    with pytest.raises(InvalidMapping, match="cannot be read as JSON"):
        load_mapping(shipped(), tmp_path / "none.json")


def test_every_form_has_its_expression(tmp_path: Path) -> None:
    """Plain columns stay plain, so that they can be written; words are quoted; numbers out of documents are numbers."""
    mapping = load_mapping(
        shipped(),
        _file(
            tmp_path,
            {
                "notes": ["whatever"],
                "schema": "crm",
                "tables": {
                    "calls": {
                        "columns": {
                            "direction": {"column": "way"},
                            "status": {"column": "state", "values": {"it's": "com\\pleted", "x": None}},
                            "appointment_made": {"column": "booked", "values": {"yes": 1, "no": 0}},
                            "summary": {"json": "doc", "path": "$.summary", "values": {"-": None}},
                            "duration_sec": {"json": "doc", "path": "$.seconds"},
                            "verification_confidence": {"json": "doc", "path": "$.sure[0].value"},
                            "booking_details": {"json": "doc", "path": "$.booking"},
                            "customer_name": {"join": ["first", "last"]},
                            "company_id": {"value": 7},
                            "gateway_mode": {"value": "hybrid"},
                            "deleted_at": {"value": None},
                            "customer_link_confidence": {"value": None},
                            "transcript": {"value": None},
                            "sentiment": None,
                        }
                    }
                },
            },
        ),
    )

    columns = _fitted(
        mapping, "calls", way="varchar", state="varchar", booked="varchar", doc="json", first="varchar", last="varchar"
    )

    text = "CONVERT({} USING utf8mb4) COLLATE utf8mb4_unicode_ci"
    doc = "IF(JSON_VALID(JSON_UNQUOTE((`doc`))), JSON_UNQUOTE((`doc`)), NULL)"
    seconds = f"JSON_VALUE({doc}, '$.seconds')"
    expected = {
        "direction": "`way`",
        "status": text.format("(CASE `state` WHEN 'it''s' THEN 'com\\\\pleted' WHEN 'x' THEN NULL ELSE `state` END)"),
        "appointment_made": "(CASE `booked` WHEN 'yes' THEN 1 WHEN 'no' THEN 0 ELSE NULL END)",
        "duration_sec": f"(CASE {seconds} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE"
        f" IF({seconds} REGEXP '^-?[0-9]{{1,18}}$', CAST({seconds} AS SIGNED), NULL) END)",
        "booking_details": f"JSON_EXTRACT({doc}, '$.booking')",
        "customer_name": text.format("NULLIF(CONCAT_WS(' ', NULLIF(TRIM(`first`), ''), NULLIF(TRIM(`last`), '')), '')"),
        "company_id": "7",
        "gateway_mode": text.format("'hybrid'"),
        "deleted_at": "CAST(NULL AS DATETIME)",
        "customer_link_confidence": "CAST(NULL AS DECIMAL(5, 2))",
        "transcript": text.format("NULL"),
        "sentiment": "",
    }
    assert expected == {name: columns[name].expression for name in expected}
    assert "CAST(JSON_VALUE" in columns["verification_confidence"].expression
    assert "CASE JSON_VALUE" in columns["summary"].expression
    assert (Origin.COLUMN, "created_at") == (columns["created_at"].origin, columns["created_at"].source)
    assert ("doc $.seconds", "first + last", "NULL") == tuple(
        columns[name].source for name in ("duration_sec", "customer_name", "deleted_at")
    )


def test_a_column_that_became_another_is_not_taken_twice(tmp_path: Path) -> None:
    """What is mapped by another name is not also taken over under its own."""
    columns = _fitted(load_mapping(shipped(), _file(tmp_path, _of_calls(customer_name="name"))), "calls")

    assert (Origin.COLUMN, Origin.ABSENT) == (columns["customer_name"].origin, columns["name"].origin)


def test_tables_may_stand_in_several_schemas(tmp_path: Path) -> None:
    """A table with its schema is taken from there; the others from the file's or the command's."""
    mapping = load_mapping(
        shipped(), _file(tmp_path, {"schema": "crm", "tables": {"calls": {"table": "telephony.calls"}}})
    )
    catalogue = {
        ("telephony" if name == "calls" else "crm", name): dict.fromkeys(columns, "bigint")
        for name, columns in canonical_tables(shipped()).items()
    }

    found = {table.name: table.schema for table in fit(mapping, catalogue, None)}

    assert ("telephony", "crm") == (found["calls"], found["customers"])


def _calls() -> Facts:
    return load_facts(shipped(), "calls")


def test_subqueries_ask_for_the_kept_value_of_a_computed_column() -> None:
    """Only within subqueries, only of the outer row; twice is as once."""
    facts = _calls()
    computed = frozenset({("calls", "customer_name"), ("appointments", "status"), ("customers", "phone")})

    found = steady(facts, computed)

    assert "AND namesake.customer_name = MAX(c.customer_name)" in found.sql
    assert "twin.phone = MAX(customer.phone)" in found.sql
    assert "(c.customer_id IS NULL AND c.customer_name <> ''" in found.sql
    assert facts.sql == found.sql.replace("MAX(c.customer_name)", "c.customer_name").replace(
        "MAX(customer.phone)", "customer.phone"
    )
    assert found == steady(found, computed)


def test_what_is_evaluated_row_by_row_stays(tmp_path: Path) -> None:
    """Within an aggregate, or of a subquery's own row under the same alias, nothing has to be kept."""
    path = tmp_path / "sql" / "facts" / "calls.sql"
    path.parent.mkdir(parents=True)
    path.write_text(
        "-- calls: x\n-- entity: call, id: c.id, company: c.company_id\n"
        "SELECT c.id AS id, c.company_id AS company_id, c.created_at AS row_changed_at,\n"
        "    MAX(EXISTS (SELECT 1 FROM staff AS s WHERE s.name = c.customer_name)) AS in_aggregate,\n"
        "    EXISTS (SELECT 1 FROM calls AS c WHERE c.customer_name = 'x') AS in_own_row,\n"
        "    EXISTS (SELECT 1 FROM staff AS s WHERE s.name = LOWER(c.customer_name)) AS in_subquery\n"
        "FROM calls AS c\nWHERE /* scope */ TRUE\nGROUP BY c.id",
        encoding="utf-8",
    )
    facts = load_facts(Project((tmp_path,)), "calls")

    found = steady(facts, frozenset({("calls", "customer_name")}))

    assert facts.sql.replace("LOWER(c.customer_name)", "LOWER(MAX(c.customer_name))") == found.sql


def test_facts_that_do_not_group_or_compute_nothing_stay() -> None:
    """Where nothing is grouped, every row is read with its own values."""
    appointments = load_facts(shipped(), "appointments")

    assert appointments == steady(appointments, frozenset({("appointments", "status")}))
    assert _calls() == steady(_calls(), frozenset())
