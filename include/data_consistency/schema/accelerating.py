"""An accelerator put on a table, replaced and taken away, beside the table's writers.

A new column is made and indexed before the old one goes; until its proof is written no check uses it, and what no
column answers is answered by a scan. So there is no time without results, and what a death leaves half made is not
believed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import marker, server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.errors import SchemaNotReady, WrongUse
from data_consistency.logs import logger_of
from data_consistency.rules import Suite
from data_consistency.rules.necessary import Part
from data_consistency.schema import accelerator, choices, ddl, mapped_views
from data_consistency.schema.accelerator import COLUMNS, Accelerator, Here, index_of
from data_consistency.schema.locking import locked

_MOST_KEYS = 64  # of a table
_BESIDE_WRITERS = "ALGORITHM = INPLACE, LOCK = NONE"
_CANNOT_BESIDE_WRITERS = frozenset({1845, 1846, 1847})
# A part that lets in more rows than this share is no help to a check, and costs every write.
_RARE_ONE_IN = 100
_FEW, _MANY = 1_000, 20_000

logger = logger_of(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a rule is answered, and why not better."""

    rule: str
    how: str  # accelerated, split or scanned
    reason: str = ""


def switch_on(engine: Engine, suite: Suite, *, actor: str, now: datetime) -> tuple[Answer, ...]:
    """Put an accelerator on a table, or replace one whose rules, facts or columns have changed.

    Returns:
        How each rule of the suite is answered from now on.

    Raises:
        WrongUse: the operator wants nothing of ours on the source's tables.
        SchemaNotReady: the table is a view or not there, has no key left, holds a column of that name which is not
            ours, cannot be altered beside its writers, or no rule of it can be answered.
        DatabaseUnavailable: no connection, the table is in use, or another migration is running.
        DatabaseRefused: the account may not alter the table, or the server must be mended.
    """
    with locked(engine) as connection:
        marker.require_marker(connection)
        here = accelerator.look(connection, suite.table)
        _require_possible(connection, suite.table, here)
        parts = _rare(connection, suite.table, accelerator.parts_of(connection, suite, here))
        is_full = here.keys >= _MOST_KEYS
        for one in here.accelerators:
            # What an earlier try has left, and what is used no more; where there is room for one only, the old one too.
            if is_full or one is not _good(here):
                _drop(connection, one)
        here = accelerator.look(connection, suite.table)
        old = _good(here)
        parts, name = _make(connection, suite, here, parts)
        # Read now: a server may write an expression in other words while it builds the index.
        _write(connection, suite.table, f"on {_proof(connection, suite.table, name)}", actor, now)
        if old is not None and old.column != name:
            _drop(connection, old)
    return tuple(_answer(part) for part in parts)


def switch_off(engine: Engine, table: str, *, actor: str, now: datetime) -> bool:
    """Take the accelerator of a table away; whether there was one.

    Raises:
        DatabaseUnavailable: no connection, the table is in use, or another migration is running.
        DatabaseRefused: the account may not alter the table.
    """
    with locked(engine) as connection:
        marker.require_marker(connection)
        is_wished = table in accelerator.wishes(connection)
        if is_wished:
            _write(connection, table, "off", actor, now)
        return drop(connection, table) or is_wished


def drop(connection: Connection, table: str) -> bool:
    """Drop the accelerators of a table that are ours; whether there was one."""
    found = accelerator.look(connection, table).accelerators
    for one in found:
        _drop(connection, one)
    return bool(found)


def drop_all(connection: Connection) -> None:
    """Drop every accelerator of ours."""
    for table in accelerated(connection):
        drop(connection, table)


def accelerated(connection: Connection) -> tuple[str, ...]:
    """The tables that hold a column of that name."""
    return tuple(str(name) for name in sql.run(connection, "accelerated_tables").scalars())


def answers(connection: Connection, suite: Suite) -> tuple[Answer, ...]:
    """How each rule of a table is answered now."""
    here = accelerator.look(connection, suite.table)
    good = _good(here)
    keys = accelerator.keys_of(connection, accelerator.facts_of(connection, suite.table), suite.rules)
    parts = accelerator.parts_of(connection, suite, here)
    held = frozenset(good.keys) if good else frozenset[str]()
    return tuple(
        _answer(part) if key in held else Answer(rule=part.rule.id, how="scanned", reason=part.reason or "has no bit")
        for part, key in zip(parts, keys, strict=True)
    )


def state(connection: Connection, suite: Suite) -> tuple[str, str]:
    """Whether a table is accelerated: on, off or stale, and why it is not as it should be."""
    here = accelerator.look(connection, suite.table)
    is_wished = suite.table in accelerator.wishes(connection)
    if not here.accelerators:
        return ("stale", "the column is gone; every rule is scanned") if is_wished else ("off", "")
    good = _good(here)
    if good is None:
        return "stale", f"the column {here.accelerators[0].fault}; every rule is scanned"
    keys = accelerator.keys_of(connection, accelerator.facts_of(connection, suite.table), suite.rules)
    if lost := len(frozenset(good.keys) - frozenset(keys)):
        return "stale", f"{lost} of its {len(good.keys)} rules, or their facts, have changed and are scanned"
    return ("on", "") if is_wished else ("stale", "nobody wants it here; a copy of a schema brought it")


def faults(connection: Connection, suites: Mapping[str, Suite]) -> Iterator[tuple[str, str]]:
    """Tables whose accelerator is not as it should be, and why."""
    tables = {*accelerator.wishes(connection), *accelerated(connection)}
    for table in sorted(tables & suites.keys()):
        found, why = state(connection, suites[table])
        if found == "stale":
            yield table, why


def _answer(part: Part) -> Answer:
    if part.text is None:
        return Answer(rule=part.rule.id, how="scanned", reason=part.reason)
    return Answer(rule=part.rule.id, how="accelerated" if part.is_exact else "split", reason=part.reason)


def _good(here: Here) -> Accelerator | None:
    good = [one for one in here.accelerators if one.fault is None]
    return good[0] if good else None


def _require_possible(connection: Connection, table: str, here: Here) -> None:
    if choices.CHANGE_COLUMNS in choices.left_out(connection):
        raise WrongUse(
            "nothing of ours is wanted on the source's tables; `consistency migrate --change-columns` takes that back"
        )
    if table in mapped_views.source_views(connection):
        raise SchemaNotReady(f"{table} is a view of a mapping; nothing can be added to a view")
    if not here.columns:
        raise SchemaNotReady(f"there is no table {table} in this schema")
    if here.strangers:
        raise SchemaNotReady(f"column {table}.{here.strangers[0]} is not ours; give it another name first")
    keys = len({str(row.index_name) for row in sql.run(connection, "accelerator_indexes", table_name=table)})
    if keys >= _MOST_KEYS and not here.accelerators:
        raise SchemaNotReady(f"{table} has as many keys as the server allows; drop one that nobody uses")


def _rare(connection: Connection, table: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts without those that nearly every row has: counted once, in one pass over the table."""
    splits = [part for part in parts if part.text is not None and not part.is_exact]
    rows, found = _counted(connection, table, splits)
    most = min(max(rows // _RARE_ONE_IN, _FEW), _MANY)
    return tuple(
        replace(part, text=None, reason=f"{part.reason}; {found[part.rule.id]} rows would have to be asked")
        if found.get(part.rule.id, 0) > most
        else part
        for part in parts
    )


def _counted(connection: Connection, table: str, parts: Sequence[Part]) -> tuple[int, dict[str, int]]:
    """The rows of a table, and of each rule those that its part lets in; what the server refuses has none."""
    counts = "".join(f", COALESCE(SUM({part.text}), 0)" for part in parts)
    statement = f"SELECT COUNT(*){counts} FROM `{table}`"  # noqa: S608  # reviewed files
    try:
        row = connection.exec_driver_sql(statement, execution_options=ddl.VERBATIM).one()
    except DBAPIError as error:
        if len(parts) > 1 and _is_about_the_text(error):
            alone = [_counted(connection, table, [part]) for part in parts]
            return alone[0][0], {rule: count for _, counted in alone for rule, count in counted.items()}
        if not parts or not _is_about_the_text(error):
            raise
        return _counted(connection, table, [])
    connection.commit()
    return int(row[0]), {part.rule.id: int(count) for part, count in zip(parts, row[1:], strict=True)}


def _is_about_the_text(error: DBAPIError) -> bool:
    """Whether the server refuses what a statement says, and not who says it or when."""
    return server_errors.kind_of(error) is Kind.OTHER and not server_errors.is_denied(error)


def _make(connection: Connection, suite: Suite, here: Here, parts: Sequence[Part]) -> tuple[tuple[Part, ...], str]:
    """The column that answers from now on, by its name, and what it knows."""
    facts = accelerator.facts_of(connection, suite.table)
    key_of = dict(
        zip([rule.id for rule in suite.rules], accelerator.keys_of(connection, facts, suite.rules), strict=True)
    )
    old = _good(here)
    kept = [part for part in parts if part.text is not None]
    if old is not None and frozenset(old.keys) == {key_of[part.rule.id] for part in kept}:
        return tuple(parts), old.column
    name = next(name for name in COLUMNS if old is None or name != old.column)
    accepted = _accepted(connection, suite.table, name, kept, key_of)
    if not accepted:
        raise SchemaNotReady(f"no rule of {suite.table} can be answered by a column of its own; all are scanned")
    _add(connection, suite.table, name, accepted, key_of)
    _alter(connection, suite.table, f"ADD INDEX {index_of(name)} ({name})")
    refused = {part.rule.id for part in kept} - {part.rule.id for part in accepted}
    told = tuple(
        replace(part, text=None, reason="the server refuses its expression in a computed column")
        if part.rule.id in refused
        else part
        for part in parts
    )
    return told, name


def _accepted(
    connection: Connection, table: str, name: str, parts: Sequence[Part], key_of: dict[str, str]
) -> Sequence[Part]:
    """The parts that the server takes, found by halves where it refuses some."""
    if not parts:
        return ()
    try:
        _add(connection, table, name, parts, key_of)
    except DBAPIError as error:
        if not _is_about_the_text(error):
            raise
        if len(parts) == 1:
            logger.warning("refused by the server: rule=%s code=%s", parts[0].rule.id, server_errors.code_of(error))
            return ()
        half = len(parts) // 2
        return [
            *_accepted(connection, table, name, parts[:half], key_of),
            *_accepted(connection, table, name, parts[half:], key_of),
        ]
    _alter(connection, table, f"DROP COLUMN {name}")
    return parts


def _add(connection: Connection, table: str, name: str, parts: Sequence[Part], key_of: dict[str, str]) -> None:
    bits = "\n    | ".join(f"(({part.text}) << {bit})" for bit, part in enumerate(parts))
    comment = accelerator.comment_of(key_of[part.rule.id] for part in parts)
    _alter(
        connection,
        table,
        f"ADD COLUMN {name} BIGINT UNSIGNED GENERATED ALWAYS AS (NULLIF(\n    {bits}, 0)) VIRTUAL INVISIBLE"
        f" COMMENT '{comment}'",
    )


def _proof(connection: Connection, table: str, name: str) -> str:
    columns = accelerator.look(connection, table).columns
    column = next(column for column in columns if column["column_name"] == name)
    return accelerator.proof_of(column, columns)


def _drop(connection: Connection, one: Accelerator) -> None:
    indexes = {str(row.index_name) for row in sql.run(connection, "accelerator_indexes", table_name=one.table)}
    if one.index in indexes:
        _alter(connection, one.table, f"DROP INDEX {one.index}")
    _alter(connection, one.table, f"DROP COLUMN {one.column}")


def _alter(connection: Connection, table: str, change: str) -> None:
    connection.commit()
    try:
        ddl.run(connection, f"ALTER TABLE `{table}` {change}, {_BESIDE_WRITERS}", table)
    except DBAPIError as error:
        if server_errors.code_of(error) not in _CANNOT_BESIDE_WRITERS:
            raise
        words = server_errors.words_of(error)
        raise SchemaNotReady(f"{table} cannot be altered beside its writers, so it is left alone: {words}") from error


def _write(connection: Connection, table: str, value: str, actor: str, now: datetime) -> None:
    sql.run(connection, "write_setting", name=f"accelerator:{table}", value=value, actor=actor, now=now)
    connection.commit()
