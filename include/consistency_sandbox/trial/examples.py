"""Examples of rules: rows that violate it, rows that satisfy it and the corrected rows, read from <table>.yaml."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text
from sqlalchemy.engine import Connection

from data_consistency.errors import InvalidRule
from data_consistency.rules import Rule, Suite
from data_consistency.rules.outcomes import finding_fingerprint

Row = dict[str, Any]

# The time at which every example is judged.
NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC).replace(tzinfo=None)
FIRST_VIOLATING, FIRST_SATISFYING, FIRST_RELATED = 1001, 2001, 30001
_LONG_AGO = "2026-03-01 08:00:00"
_FILE_KEYS = frozenset({"world", "base", "related", "rules"})
_RULE_KEYS = frozenset({"violating", "satisfying", "corrected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of the rule's table, the rows it needs elsewhere, and what becomes of it."""

    id: int
    given: Row  # as the file writes it
    row: Row
    related: Mapping[str, list[Row]]
    corrected: Row | str | None  # the changed columns, or the code of a refusal; None: nothing is corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExamples:
    """All examples of one rule."""

    table: str
    rule: str
    world: Mapping[str, list[Row]]
    violating: tuple[Example, ...]
    satisfying: tuple[Example, ...]
    corrected: int  # how many corrected rows the file gives


def read_all(suites: Iterable[Suite], folders: Sequence[Path]) -> dict[str, RuleExamples]:
    """The examples of every rule of some suites, by rule; those of an earlier folder take the place of a later one's.

    Raises:
        InvalidRule: a rule has no examples, or too few; or there are examples of a rule that does not exist.
    """
    examples: dict[str, RuleExamples] = {}
    for suite in suites:
        where = f"{folders[0].name}/{suite.table}.yaml"
        found: dict[str, RuleExamples] = {}
        holding = [folder for folder in folders if (folder / f"{suite.table}.yaml").exists()]
        for folder in reversed(holding or folders[:1]):
            found |= read_examples(suite.table, folder)
        if strangers := sorted(set(found) - {rule.id for rule in suite.rules}):
            raise InvalidRule(
                f"{where}: examples of '{strangers[0]}', which is no rule of {suite.table}.json; rename it"
            )
        for rule in suite.rules:
            if rule.id not in found:
                raise InvalidRule(f"{where}: rule '{rule.id}' has no examples; add violating and satisfying rows")
            _refuse_incomplete(rule, found[rule.id], f"{where}: rule '{rule.id}'")
        examples |= found
    return examples


def _refuse_incomplete(rule: Rule, examples: RuleExamples, where: str) -> None:
    for kind, rows in (("violating", examples.violating), ("satisfying", examples.satisfying)):
        if not rows:
            raise InvalidRule(f"{where} has no {kind} row; add one")
    wanted = len(examples.violating) if rule.correction else 0
    if examples.corrected != wanted:
        raise InvalidRule(
            f"{where} gives {examples.corrected} corrected rows for {len(examples.violating)} violating ones and"
            f" {'correction ' + repr(rule.correction) if rule.correction else 'no correction'}; give {wanted}"
        )


def read_examples(table: str, folder: Path) -> dict[str, RuleExamples]:
    """The examples of every rule of a table, by rule.

    Raises:
        InvalidRule: the file is missing, is no YAML or has keys that mean nothing.
    """
    where = f"{folder.name}/{table}.yaml"
    document = _read(folder / f"{table}.yaml", where)
    _known(document, _FILE_KEYS, where)
    base, related = document.get("base", {}), document.get("related", {})
    examples = {}
    for rule, groups in document.get("rules", {}).items():
        _known(groups, _RULE_KEYS, f"{where}: rule '{rule}'")
        corrected = groups.get("corrected", [])
        examples[rule] = RuleExamples(
            table=table,
            rule=rule,
            world=document.get("world", {}),
            violating=tuple(
                _example(FIRST_VIOLATING + n, row, base, related, corrected[n] if n < len(corrected) else None)
                for n, row in enumerate(groups.get("violating", []))
            ),
            satisfying=tuple(
                _example(FIRST_SATISFYING + n, row, base, related, None)
                for n, row in enumerate(groups.get("satisfying", []))
            ),
            corrected=len(corrected),
        )
    return examples


def _read(path: Path, where: str) -> Row:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRule(f"{where}: cannot be read ({error.strerror}); the examples of a suite stand there") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidRule(f"{where}: is not YAML ({str(error).splitlines()[0]}); mend the file") from error
    if not isinstance(document, dict):
        raise InvalidRule(f"{where}: must hold {', '.join(sorted(_FILE_KEYS))}")
    return document


def _known(fields: object, known: frozenset[str], where: str) -> None:
    if not isinstance(fields, dict) or (strangers := sorted(set(fields) - known)):
        found = f"unknown key '{strangers[0]}'" if isinstance(fields, dict) else "no keys"
        raise InvalidRule(f"{where}: {found}; known are {', '.join(sorted(known))}")


def _example(row_id: int, row: Row, base: Row, related: Mapping[str, Row], corrected: Row | str | None) -> Example:
    values = base | row
    others = values.pop("with", {})
    return Example(
        id=row_id,
        given=row,
        row=_with_id({"id": row_id} | values, row_id),
        related={
            table: [_with_id(copy, row_id) for other in rows for copy in _repeated(related.get(table, {}) | other)]
            for table, rows in others.items()
        },
        corrected=corrected,
    )


def _repeated(row: Row) -> list[Row]:
    """As many copies of a row as its `times` say, each with its own number in place of `$n`."""
    times, row = row.get("times", 1), {column: value for column, value in row.items() if column != "times"}
    return [
        {column: value.replace("$n", str(n)) if isinstance(value, str) else value for column, value in row.items()}
        for n in range(1, times + 1)
    ]


def _with_id(row: Row, row_id: int) -> Row:
    def filled(value: Any) -> Any:
        if value == "$id":
            return row_id
        return value.replace("$id", str(row_id)) if isinstance(value, str) else value

    return {column: filled(value) for column, value in row.items()}


def load(connection: Connection, examples: RuleExamples) -> None:
    """Replace what is in the schema by the examples of one rule."""
    clear(connection)
    for table, rows in examples.world.items():
        long_ago = {} if table == "consistency_heartbeats" else {"created_at": _LONG_AGO}
        insert(connection, table, [long_ago | row for row in rows])
    next_id = FIRST_RELATED
    for example in (*examples.violating, *examples.satisfying):
        insert(connection, examples.table, [example.row])
        for table, rows in example.related.items():
            for row in rows:
                next_id += 1
                insert(connection, table, [{"id": next_id} | _ledger_columns(table, row) | row])
    connection.commit()


def clear(connection: Connection) -> None:
    """Empty every table an example may use, and what corrections write."""
    for table in (
        *(
            "appointment_phases",
            "appointment_modifications",
            "appointments",
            "retell_error_log",
            "retell_call_sessions",
            "calls",
            "customers",
            "phone_numbers",
        ),
        *("services", "staff", "branches", "companies"),
        *("data_consistency_alerts", "manual_review_queue", "consistency_corrections"),
        *("consistency_calcom_bookings", "consistency_heartbeats"),
    ):
        connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  # the names above


def insert(connection: Connection, table: str, rows: list[Row]) -> None:
    """Insert rows whose columns may differ."""
    for row in rows:
        columns, values = ", ".join(row), ", ".join(f":{column}" for column in row)
        # names of a reviewed file of examples
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)  # noqa: S608


def _ledger_columns(table: str, row: Row) -> Row:
    if table != "data_consistency_alerts":
        return {}
    times = ("first_seen_at", "last_seen_at", "created_at", "updated_at")
    return {
        "alert_type": "booking_claim_parked",
        "entity_type": "call",
        "description": "A booking was claimed without an appointment.",
        "fingerprint": finding_fingerprint(row.get("alert_type", "booking_claim_parked"), "call", row["entity_id"]),
        **dict.fromkeys(times, row["detected_at"]),
    }


def read_rows(connection: Connection, table: str) -> dict[int, Row]:
    """Every row of a table as plain values, by id."""
    rows = connection.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608  # the table of a suite
    return {row["id"]: {column: plain(value) for column, value in row.items()} for row in rows}


def plain(value: Any) -> Any:
    """A value as the YAML file would write it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Decimal):
        return float(value)
    return value
