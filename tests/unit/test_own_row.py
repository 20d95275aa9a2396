"""What a row must be like by itself for a rule to be violated: never too narrow, and nothing that can fail a write."""

import itertools
import sqlite3
from collections.abc import Iterator

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from data_consistency.project import shipped
from data_consistency.rules import Rule, load_suites
from data_consistency.rules.facts import Facts
from data_consistency.rules.necessary import part_of
from data_consistency.rules.own_row import ColumnType, Row, value

_TYPES = {
    **{name: ColumnType(data_type="tinyint") for name in ("p", "q")},
    "small": ColumnType(data_type="int"),
    "big": ColumnType(data_type="bigint"),
    "plus": ColumnType(data_type="int", is_unsigned=True),
    "said": ColumnType(data_type="varchar"),
    "fixed": ColumnType(data_type="char"),
    "at": ColumnType(data_type="timestamp"),
    "wall": ColumnType(data_type="datetime"),
    "doc": ColumnType(data_type="json"),
    "price": ColumnType(data_type="decimal"),
}
_ROW = Row(alias="t", types=_TYPES, instant="UNIX_TIMESTAMP({})")


def _value(expression: str, row: Row = _ROW) -> str | None:
    found = value(sqlglot.parse_one(f"SELECT {expression}", dialect="mysql").expressions[0], row)  # type: ignore[attr-defined]
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("t.p = 1 AND NOT t.q IS NULL", "((`p` = 1) AND (NOT (`q` IS NULL)))"),
        ("t.at < t.at", "(UNIX_TIMESTAMP(`at`) < UNIX_TIMESTAMP(`at`))"),
        ("t.at IS NULL", "(`at` IS NULL)"),
        ("t.doc IS NULL", "(`doc` IS NULL)"),
        ("t.wall < t.wall", "(`wall` < `wall`)"),
        (r"t.said LIKE 'temp\\_%'", "(`said` LIKE 'temp|_%' ESCAPE '|')"),
        ("t.said NOT LIKE 'a%'", "(`said` NOT LIKE 'a%' ESCAPE '|')"),
        ("CAST(t.said AS BINARY) NOT IN ('a', 'b')", "(NOT (CAST(`said` AS BINARY) IN ('a', 'b')))"),
        ("t.said COLLATE utf8mb4_bin = 'a'", "((`said` COLLATE utf8mb4_bin) = 'a')"),
        ("ABS(t.small * 1000 - t.small) <= 5", "(ABS(((`small` * 1000) - `small`)) <= 5)"),
        ("t.price BETWEEN 0 AND 100", "(`price` BETWEEN 0 AND 100)"),
        ("IF(t.p, t.q, 0)", "IF(`p`, `q`, 0)"),
    ],
)
def test_what_is_of_the_row_alone_is_written(said: str, written: str) -> None:
    """In words whose meaning no session changes."""
    assert written == _value(said)


@pytest.mark.parametrize(
    "said",
    [
        *("t.at < :now", "NOW() > t.at", "t.at < '2026-01-01'", "t.at < t.wall", "UNIX_TIMESTAMP(t.at) > 0"),
        *("o.p = 1", "EXISTS (SELECT 1)", "@a = t.p", "RAND() > 0.5", "MY_FUNCTION(t.p)", "COUNT(t.p) = 1"),
        *("t.unknown = 1", "t.p IN (SELECT 1)", "t.p XOR t.q"),
        *("t.said = 1", "t.p = '1'", "CAST(t.said AS UNSIGNED) = 1", "t.said + 1 = 2", "NOT t.said", "t.said AND t.p"),
        *("t.big * 1000 > 1", "t.plus - 1 > 0", "t.small / 2 > 1", "t.price * 2 > 1", "t.small % 2 = 1"),
        *("t.fixed = 'a'", "t.doc = 'a'", "LEFT(t.doc, 1) = 'a'"),
        *("t.said REGEXP 'a'", "t.said LIKE t.said", "t.said = 'ü'", "t.said = 'it''s'"),
        *(r"t.said = 'a\\b'", "t.said = '%s'"),
        *("LOWER(t.said) = 'a'", "CONCAT(t.said, 'a') = 'aa'", "COALESCE(t.said, 1) = 1"),
    ],
)  # fmt: skip
def test_what_could_change_or_fail_is_not_written(said: str) -> None:
    """Another table, the clock, the session, a value turned into another kind, a number that leaves its bounds."""
    assert _value(said) is None


def test_wall_times_of_a_zone_are_not_compared() -> None:
    """An hour of the year is shown twice."""
    row = Row(alias="t", types=_TYPES, instant="UNIX_TIMESTAMP({})", has_wall_times=True)

    assert _value("t.wall < t.wall", row) is None
    assert _value("t.wall IS NULL", row) is not None


# Columns of the row are p and q, others o and r of another table.
_LEAF = st.sampled_from(("p", "q", "o", "r", "p = 1", "o = 1", "p IS NULL", "q <> 0", "1", "0", "NULL", "TRUE"))
_CONDITION = st.recursive(
    _LEAF,
    lambda part: st.one_of(
        st.tuples(part, part).map(lambda two: f"({two[0]}) AND ({two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]}) OR ({two[1]})"),
        part.map(lambda one: f"NOT ({one})"),
        part.map(lambda one: f"COALESCE({one}, 0)"),
        part.map(lambda one: f"COALESCE(({one}) , 1)"),
        part.map(lambda one: f"(({one}) IS NOT NULL) = 1"),
        part.map(lambda one: f"({one}) IS TRUE"),
        part.map(lambda one: f"COALESCE(({one}) IS TRUE, 0) = 0"),
        st.tuples(part, part, part).map(lambda three: f"IF({three[0]}, {three[1]}, {three[2]})"),
        st.tuples(part, part).map(lambda two: f"CASE WHEN {two[0]} THEN {two[1]} END"),
        st.tuples(part, part, part).map(lambda three: f"CASE WHEN {three[0]} THEN {three[1]} ELSE {three[2]} END"),
    ),
    max_leaves=8,
)
_FACTS = Facts(
    table="t",
    entity="t",
    id_sql="t.id",
    company_sql="t.company_id",
    sql="SELECT t.id AS id, t.p AS p, t.q AS q, u.o AS o, u.r AS r FROM t LEFT JOIN u ON u.id = t.id WHERE t.p >= 0",
    columns=("id", "p", "q", "o", "r"),
)
_VALUES = (None, 0, 1, 2)


def _rule(condition: str) -> Rule:
    rule = load_suites(shipped())["calls"].rules[0]
    return _RULES.setdefault(condition, Rule(**{**_fields(rule), "table": "t", "condition": condition}))


_RULES: dict[str, Rule] = {}


def _fields(rule: Rule) -> dict[str, object]:
    return {name: getattr(rule, name) for name in rule.__dataclass_fields__}


@pytest.fixture(scope="module")
def every_row() -> Iterator[sqlite3.Connection]:
    """A row of every combination, in a server that knows the same logic of three values."""
    connection = sqlite3.connect(":memory:")
    connection.create_function("IF", 3, lambda test, then, otherwise: then if test else otherwise)
    connection.execute("CREATE TABLE t (p INT, q INT, o INT, r INT)")
    rows = itertools.product(_VALUES, repeat=4)
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
    yield connection
    connection.close()


@settings(max_examples=400)
@given(condition=_CONDITION)
def test_no_row_that_violates_is_left_out(every_row: sqlite3.Connection, condition: str) -> None:
    """On every row of four columns of which two are another table's; where the part is exact, no other row is in."""
    part = part_of(_rule(condition), _FACTS, _ROW)
    wrong = f"((({condition}) IS NOT TRUE) AND p >= 0)"
    found = part.text or "TRUE"

    left_out = every_row.execute(f"SELECT * FROM t WHERE {wrong} AND NOT ({found})").fetchall()
    let_in = every_row.execute(f"SELECT * FROM t WHERE NOT {wrong} AND ({found})").fetchall()

    assert [] == left_out, found
    assert not (part.is_exact and [row for row in let_in if row[0] is not None and row[0] >= 0]), found


def test_a_reason_is_given_for_what_is_scanned() -> None:
    """Which table decides, or what else the row does not say."""
    assert part_of(_rule("o = 1"), _FACTS, _ROW).reason == "reads u"
    assert part_of(_rule("p > :now"), _FACTS, _ROW).reason == "asks the clock"
