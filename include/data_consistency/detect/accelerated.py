"""Rows that the table itself says may violate a rule: asked of the accelerator's index, then judged as any row is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from data_consistency.db import server_errors, sql
from data_consistency.db.server_errors import Kind
from data_consistency.detect.sets import MAX_CANDIDATES
from data_consistency.rules import Rule
from data_consistency.rules.facts import Facts
from data_consistency.rules.outcomes import Scope
from data_consistency.schema import accelerator
from data_consistency.schema.accelerator import Accelerator


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the index answers."""

    numbers: tuple[int, ...]  # of the rules that are answered
    ids: tuple[int, ...]  # every row that may violate one of them


NOTHING = Known(numbers=(), ids=())


def ask(connection: Connection, facts: Facts, rules: Sequence[Rule], scope: Scope) -> Known:
    """The rows of a table that may violate the rules which its accelerator answers.

    Args:
        connection: to the operational database.
        facts: as the check reads them; with others than those of the suite nothing is answered.
        rules: as the suite has them.
        scope: a whole table or a range of its ids.

    Raises:
        DBAPIError: the connection is gone, or the statement was stopped.
    """
    if scope.ids is not None or scope.company_id is not None:
        return NOTHING
    try:
        if facts.table not in accelerator.wishes(connection):
            return NOTHING
        there = [one for one in accelerator.look(connection, facts.table).accelerators if one.fault is None]
        if not there:
            return NOTHING
        keys = accelerator.keys_of(connection, facts, rules)
        best = max(there, key=lambda one: len(set(one.keys) & set(keys)))
        return _ask(connection, best, _bits(best, keys), scope)
    except DBAPIError as error:
        if server_errors.kind_of(error) in {Kind.PASSING, Kind.STOPPED}:
            raise
        # Taken away a moment ago, or not for this account: every row tells the same.
        return NOTHING


def _bits(one: Accelerator, keys: Sequence[str]) -> dict[int, int]:
    """The mask of each rule that has a bit, by the rule's number."""
    places = {key: 1 << bit for bit, key in enumerate(one.keys)}
    return {number: places[key] for number, key in enumerate(keys) if key in places}


def _ask(connection: Connection, one: Accelerator, masks: Mapping[int, int], scope: Scope) -> Known:
    found = sql.execute(connection, _counts_text(one), {}).all()
    patterns = {int(row.bits): int(row.found) for row in found}
    kept = _few(patterns, masks)
    mask = sum({masks[number] for number in kept})
    wanted = [bits for bits in patterns if bits & mask]
    ids: tuple[int, ...] = ()
    if wanted:
        text, params = _ids_text(one, wanted, scope)
        ids = tuple(sorted(int(row_id) for row_id in sql.execute(connection, text, params).scalars()))
    return Known(numbers=tuple(sorted(kept)), ids=ids)


def _few(patterns: Mapping[int, int], masks: Mapping[int, int]) -> list[int]:
    """Rules whose rows are few enough to be judged one by one, those with the fewest first."""
    rows = {number: sum(n for bits, n in patterns.items() if bits & mask) for number, mask in masks.items()}
    kept: list[int] = []
    mask = 0
    for number in sorted(rows, key=lambda number: (rows[number], number)):
        wider = mask | masks[number]
        if sum(n for bits, n in patterns.items() if bits & wider) <= MAX_CANDIDATES:
            kept.append(number)
            mask = wider
    return kept


def _counts_text(one: Accelerator) -> str:
    return (
        f"SELECT {one.column} AS bits, COUNT(*) AS found FROM {one.table} FORCE INDEX ({one.index})"  # noqa: S608  # ours
        f" WHERE {one.column} IS NOT NULL GROUP BY {one.column}"
    )


def _ids_text(one: Accelerator, patterns: Sequence[int], scope: Scope) -> tuple[str, dict[str, object]]:
    text = f"SELECT id FROM {one.table} FORCE INDEX ({one.index}) WHERE {one.column} IN :patterns"  # noqa: S608  # ours
    params: dict[str, object] = {"patterns": list(patterns)}
    if scope.is_bounded:
        text += " AND id BETWEEN :first_id AND :last_id"
        params |= {"first_id": scope.first_id, "last_id": scope.last_id}
    return text, params
