"""Facts files and conditions: parsed and refused before any database sees them."""

from pathlib import Path

import pytest

from data_consistency.detect.lost import without_columns
from data_consistency.detect.scan import violation_select
from data_consistency.errors import InvalidRule
from data_consistency.project import Project
from data_consistency.rules import Mode, Rule, Severity, Suite
from data_consistency.rules.facts import Facts, load_facts, source_columns
from data_consistency.rules.language import check_conditions, columns_of
from data_consistency.rules.outcomes import Scope

_FACTS = """-- Facts of things.
-- entity: thing, id: t.id, company: t.company_id
SELECT
    t.id,
    t.company_id,
    t.created_at AS row_changed_at,
    t.code REGEXP '^t.code$' AS is_coded,
    COUNT(p.id) AS parts
FROM things AS t
LEFT JOIN parts AS p ON p.thing_id = t.id
WHERE /* scope */ TRUE
GROUP BY t.id"""


def _facts(tmp_path: Path, text: str = _FACTS) -> Facts:
    path = tmp_path / "sql" / "facts" / "things.sql"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return load_facts(Project((tmp_path,)), "things")


def _rule(condition: str, rule_id: str = "thing_is_coded") -> Rule:
    return Rule(
        id=rule_id,
        table="things",
        catalogue="K-01",
        severity=Severity.INFO,
        mode=Mode.ALERT,
        description="d",
        condition=condition,
        correction=None,
        min_age_minutes=None,
        max_corrections=None,
        priority=5,
        review_hint="",
    )


def test_a_facts_file_says_entity_columns_and_scope(tmp_path: Path) -> None:
    """The caller adds the rows, and only as parameters."""
    facts = _facts(tmp_path)

    every, nothing = facts.scoped(Scope(kind="full"))
    some, ids = facts.scoped(Scope(kind="ids", ids=(3, 1), company_id=7))
    part, bounds = facts.scoped(Scope(kind="range", first_id=5, last_id=9))

    assert ("thing", ("id", "company_id", "row_changed_at", "is_coded", "parts")) == (facts.entity, facts.columns)
    assert ("WHERE  TRUE" in every, {}) == (True, nothing)
    assert "WHERE t.id IN :ids AND t.company_id = :company_id AND TRUE" in some
    assert {"ids": [3, 1], "company_id": 7} == ids
    assert "t.id BETWEEN :first_id AND :last_id AND" in part
    assert {"first_id": 5, "last_id": 9} == bounds


def test_the_check_is_one_statement_with_a_bit_for_each_rule(tmp_path: Path) -> None:
    """Bit n is rule n, and only rows that violate a rule come back."""
    facts = _facts(tmp_path)

    text, _ = violation_select(facts, [_rule("is_coded"), _rule("parts > 0", "thing_has_parts")], Scope(kind="full"))

    assert "((((is_coded) IS NOT TRUE)) << 0)" in text
    assert "((((parts > 0) IS NOT TRUE)) << 1)" in text
    assert "HAVING ((is_coded) IS NOT TRUE)\n    OR ((parts > 0) IS NOT TRUE)" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_FACTS.replace("-- entity", "-- noun"), "no header line"),
        (_FACTS.replace("/* scope */", ""), "must stand once"),
        (_FACTS.replace("t.created_at AS row_changed_at,", ""), "column 'row_changed_at' is missing"),
        (_FACTS.replace("GROUP BY t.id", "GROUP BY ("), "is not SQL that can be read"),
        (_FACTS + "; SELECT 1", "must be one statement"),
        ("-- entity: thing, id: t.id, company: t.c\nDELETE FROM things WHERE /* scope */ TRUE", "must be one SELECT"),
    ],
)
def test_a_facts_file_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The error names the file."""
    with pytest.raises(InvalidRule, match=rf"sql/facts/things\.sql.*{message}"):
        _facts(tmp_path, text)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("colour = 1", "unknown column 'colour'"),
        ("t.parts = 1", "unknown column 't.parts'"),
        ("(SELECT 1) = 1", "a subquery is not allowed"),
        ("parts IN (SELECT 1)", "a subquery is not allowed"),
        ("EXISTS (SELECT 1 FROM calls)", "function EXISTS is not allowed"),
        ("@x = 1", "'@x' is not allowed"),
        ("(@x := 1) = 1", "is not allowed"),
        ("@@version = '1'", "'@@version' is not allowed"),
        ("parts = 1; DROP TABLE calls", "without ';' and comments"),
        ("parts = 1 -- AND is_coded", "without ';' and comments"),
        ("parts = 1 # AND is_coded", "without ';' and comments"),
        ("parts = 1 /* AND */", "without ';' and comments"),
        ("parts = 1 /*!50000 OR TRUE */", "without ';' and comments"),
        ("parts = 1, is_coded", "one expression"),
        ("1 FROM calls", "one expression"),
        ("parts = 1 WHERE is_coded", "one expression"),
        ("parts = 1 LIMIT 1", "one expression"),
        ("parts = 1 FOR UPDATE", "one expression"),
        ("parts = 1 GROUP BY parts", "one expression"),
        ("parts = 1 HAVING TRUE", "one expression"),
        ("parts = 1 UNION SELECT 1", "one expression"),
        ("parts = 1 INTO @x", "one expression"),
        ("DISTINCT parts", "one expression"),
        ("/*+ MAX_EXECUTION_TIME(1) */ parts", "one expression"),
        ("parts AS id", "'parts AS id' is not allowed"),
        ("parts = (", "is not SQL that can be read"),
        ("parts = 'x", "is not SQL that can be read"),
        ("parts IN ()", "compares with nothing"),
        # nothing that counts rows, looks at others, at the clock, the account, the server, or asks for memory
        *(
            (f"{call} IS NOT NULL", "is not allowed")
            for call in (
                *("COUNT(*)", "MAX(parts)", "SUM(parts)", "AVG(parts)", "GROUP_CONCAT(parts)", "JSON_ARRAYAGG(parts)"),
                *("ROW_NUMBER() OVER (ORDER BY parts)", "LAG(parts) OVER ()", "SUM(parts) OVER (PARTITION BY id)"),
                *("NOW()", "SYSDATE()", "CURRENT_TIMESTAMP", "CURDATE()", "UTC_TIMESTAMP()", "UNIX_TIMESTAMP()"),
                *(
                    "LOCALTIME",
                    "CURRENT_USER()",
                    "USER()",
                    "SESSION_USER()",
                    "DATABASE()",
                    "VERSION()",
                    "CONNECTION_ID()",
                ),
                *(
                    "SLEEP(1)",
                    "BENCHMARK(1, 1)",
                    "GET_LOCK('a', 1)",
                    "LOAD_FILE('a')",
                    "RAND()",
                    "UUID()",
                    "LAST_INSERT_ID()",
                ),
                *("REPEAT('a', 1e9)", "SPACE(1e9)", "LPAD('a', 1e9, 'b')", "RPAD('a', 1e9, 'b')", "my_function(parts)"),
                *(
                    "MATCH (parts) AGAINST ('a')",
                    "x'41'",
                    "b'1'",
                    "_utf8'a'",
                    "(parts, id)",
                    "parts -> '$.a'",
                ),
            )
        ),
        ("REGEXP_LIKE(parts, 'a')", "use REGEXP"),
        ("parts > :later", "':later' means nothing in a condition; the time is :now"),
        ("parts = ?", "means nothing in a condition"),
        # a driver takes it for a parameter, wherever it stands
        ("parts <> 'a :word b'", "':word' within a text would be taken for a parameter"),
        ("parts <> ':now'", "':now' within a text would be taken for a parameter"),
        ("(" * 1500 + "parts" + ")" * 1500, "1500 brackets within each other, more than 40"),
        ("(" * 3000 + "parts" + ")" * 3000, "longer than 4000 characters"),
        ("NOT " * 900 + "parts", ""),
        ("- " * 1900 + "parts", ""),
        ("parts AND " * 390 + "parts", "more than 600"),
    ],
)
def test_a_condition_is_one_expression_over_the_facts(tmp_path: Path, condition: str, message: str) -> None:
    """A rule file is code: it may compare columns and nothing else."""
    facts = _facts(tmp_path)

    with pytest.raises(InvalidRule, match=r"expectations/things\.json: rule 'thing_is_coded'.*") as error:
        columns_of(_rule(condition), facts)

    assert message in str(error.value)


@pytest.mark.parametrize(
    "condition",
    [
        *(
            "TRUE",
            "is_coded",
            "NOT is_coded",
            "parts <=> NULL",
            "parts IS NOT TRUE",
            "is_coded XOR parts",
            "-parts < 0",
        ),
        *(
            "parts BETWEEN 0 AND 1",
            "parts NOT IN (1, 2)",
            "parts NOT LIKE '%a_'",
            "parts REGEXP '^a'",
            "parts <> '10:30'",
        ),
        *("parts <> '#a; -- b /* c */'", "parts = 'it''s'", "ABS(parts - 1) % 2 = 0", "parts DIV 2 = MOD(parts, 2)"),
        *("CASE WHEN is_coded THEN parts ELSE 0 END", "IF(is_coded, 1, NULL)", "IFNULL(parts, COALESCE(id, 0))"),
        *("row_changed_at > :now - INTERVAL 2 HOUR", "TIMESTAMPDIFF(MINUTE, row_changed_at, :now) < 5"),
        *("DATE_ADD(row_changed_at, INTERVAL 1 DAY) > :now", "YEAR(row_changed_at) = 2026", "JSON_LENGTH(parts) = 1"),
        *("CHAR_LENGTH(TRIM(parts)) > 0", "LEFT(parts, 1) = UPPER('a')", "CAST(parts AS UNSIGNED) >= 1"),
        *("CONCAT(':', 'word') <> parts", "GREATEST(parts, id) = LEAST(parts, id)", "parts COLLATE utf8mb4_bin = 'a'"),
    ],
)
def test_what_judges_one_row_alone_is_allowed(tmp_path: Path, condition: str) -> None:
    """Comparisons, arithmetic, branches, and functions of values."""
    assert columns_of(_rule(condition), _facts(tmp_path)) <= {"id", "is_coded", "parts", "row_changed_at"}


def test_suite_and_facts_speak_of_the_same_entity(tmp_path: Path) -> None:
    """The ledger would keep two histories of one row."""
    facts = _facts(tmp_path)
    suite = Suite(table="things", entity="object", rules=(_rule("is_coded"),), paths=(tmp_path / "things.json",))

    with pytest.raises(InvalidRule, match="entity 'object'"):
        check_conditions(suite, facts)


def test_a_lost_column_takes_its_facts_and_leaves_every_other_character(tmp_path: Path) -> None:
    """Text in quotes that looks like the column stays; so does every function."""
    facts = _facts(tmp_path)

    left, lost = without_columns(facts, frozenset({("things", "code")}))

    assert {"is_coded": {("things", "code")}} == lost
    assert facts.sql.replace("t.code REGEXP", "NULLIF('', '') REGEXP") == left.sql


def test_a_join_that_lost_its_column_takes_all_its_facts(tmp_path: Path) -> None:
    """Rows that cannot be found are not rows that do not exist."""
    facts = _facts(tmp_path)

    _, lost = without_columns(facts, frozenset({("parts", "thing_id")}))

    assert {"parts": {("parts", "thing_id")}} == lost
    assert ("parts", "thing_id") in source_columns(facts)


def test_a_table_that_does_not_exist_is_read_as_one_without_rows(tmp_path: Path) -> None:
    """Rules over the other columns are still evaluated."""
    facts = _facts(tmp_path)
    of_parts = frozenset(pair for pair in source_columns(facts) if pair[0] == "parts")

    left, lost = without_columns(facts, of_parts)

    assert {"parts": of_parts} == lost
    assert "JOIN (SELECT NULL AS nothing FROM DUAL WHERE FALSE) AS p" in left.sql


def test_an_alias_stands_for_one_table(tmp_path: Path) -> None:
    """Else nobody could tell which table lacks a column."""
    text = _FACTS.replace("COUNT(p.id)", "EXISTS (SELECT 1 FROM others AS p WHERE p.id = t.id) AS others, COUNT(p.id)")

    with pytest.raises(InvalidRule, match=r"sql/facts/.*: alias 'p' stands for several tables"):
        _facts(tmp_path, text)


def test_pieces_of_a_json_document_are_no_columns_of_the_schema(tmp_path: Path) -> None:
    """A JSON_TABLE is no table that could be missing."""
    table = "JSON_TABLE(t.code, '$[*]' COLUMNS (length INT PATH '$.length')) AS piece"
    pieces = f"(SELECT COUNT(piece.length) FROM {table}) AS pieces,"
    facts = _facts(tmp_path, _FACTS.replace("COUNT(p.id)", f"{pieces} COUNT(p.id)"))

    assert {"things", "parts"} == {table for table, _ in source_columns(facts)}
