"""Statements for a source that keeps wall times: each is read, compared and written as the moment in UTC that it means.

A text is changed by token, never generated anew, and only where it names a column that keeps wall times. Columns
stand under an alias there; a test reads all files for it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from data_consistency.errors import InvalidRule
from data_consistency.rules.tokens import Tokens
from data_consistency.rules.wall_times import WallTimes

# The time from which a table's slot of ours is computed, as it is stored.
_SLOT = "consistency_slot"
_TIME_OF_SLOT = {"calls": "created_at", "appointments": "starts_at"}
_OF_SLOTS = frozenset({"TO_DAYS", "HOUR"})
_BEFORE_CONDITION = frozenset({"WHERE", "ON", "AND", "OR", "("})
_BEFORE_COLUMN = frozenset({"SELECT", "DISTINCT", "STRAIGHT_JOIN", ","})
_AFTER_COLUMN = frozenset({",", "FROM", ""})
_COMPARED = frozenset({">", ">=", "<", "<=", "=", "BETWEEN"})
_ENDS_VALUE = frozenset({",", "WHERE", "ORDER BY", "LIMIT"})


@lru_cache(maxsize=512)
def in_utc(text: str, walls: WallTimes) -> str:
    """A statement in which wall times are moments in UTC, to whom reads it and to whom gives it values.

    Raises:
        InvalidRule: it compares slots of tables that keep their times differently.
    """
    if not any(table in text for table in walls.tables):
        return text
    return _Statement(text, walls).changed()


class _Statement:
    def __init__(self, text: str, walls: WallTimes) -> None:
        self._tokens, self._walls, self._clocks = Tokens(text), walls, walls.clocks
        self._slots_are_wall = self._has_wall_slots()
        self._assigned = dict(self._assignments())
        # Each says what stands in the place of the tokens from one on, and which is the next.
        self._handlers: tuple[Callable[[int], tuple[str, int] | None], ...] = (
            *(self._slot, self._star, self._assignment, self._compared, self._column),
        )

    def changed(self) -> str:
        tokens = self._tokens
        if tokens.tables.isdisjoint(self._walls.tables):
            return tokens.text
        head, tail = tokens.text[: tokens.start(0)], tokens.text[tokens.end(len(tokens) - 1) :]
        return f"{head}{self._render(0, len(tokens))}{tail}"

    def _render(self, first: int, end: int) -> str:
        """The text from one token to before another."""
        tokens, parts, position, at = self._tokens, [], self._tokens.start(first), first
        while at < end:
            found = next((found for handle in self._handlers if (found := handle(at)) is not None), None)
            if found is None:
                at += 1
                continue
            parts.append(tokens.text[position : tokens.start(at)] + found[0])
            at = found[1]
            position = tokens.end(at - 1)
        parts.append(tokens.text[position : tokens.end(end - 1)])
        return "".join(parts)

    def _slot(self, at: int) -> tuple[str, int] | None:
        """TO_DAYS and HOUR are of the figures of a slot, which are those that its table stores."""
        tokens = self._tokens
        if not self._slots_are_wall or tokens.word(at) not in _OF_SLOTS or tokens.word(at + 1) != "(":
            return None
        first, close = at + 2, tokens.close(at + 1)
        is_stored = close - first == 3 and self._is_wall(first)
        argument = tokens.slice(first, close) if is_stored else self._on_wall(first, close)
        return f"{tokens.word(at)}({argument})", close + 1

    def _star(self, at: int) -> tuple[str, int] | None:
        tokens = self._tokens
        if tokens.word(at + 1) != "." or tokens.word(at + 2) != "*" or not tokens.is_listed(at):
            return None
        table, alias = tokens.table(at) or "", tokens.name(at)
        if table not in self._walls.tables:
            return None
        columns = (
            f"{self._clocks.in_utc(f'{alias}.`{name}`')} AS `{name}`"
            if (table, name) in self._walls.columns
            else f"{alias}.`{name}`"
            for name in self._walls.tables[table]
        )
        return ", ".join(columns), at + 3

    def _assignment(self, at: int) -> tuple[str, int] | None:
        end = self._assigned.get(at)
        if end is None:
            return None
        is_null = end == at + 5 and self._tokens.word(at + 4) == "NULL"
        value = "NULL" if is_null else self._on_wall(at + 4, end)
        return f"{self._tokens.slice(at, at + 3)} = {value}", end

    def _compared(self, at: int) -> tuple[str, int] | None:
        """What an index of the column answers goes before the comparison, and follows from it."""
        tokens, operator, first = self._tokens, self._tokens.word(at + 3), at + 4
        if operator not in _COMPARED or tokens.word(at - 1) not in _BEFORE_CONDITION:
            return None
        if tokens.is_listed(at) or not self._is_wall(at):
            return None
        end = tokens.end_of_operand(first)
        parts = [(operator, first, end)]
        if operator == "BETWEEN":
            parts = [(">=", first, end), ("<=", end + 1, tokens.end_of_operand(end + 1))]
        if any(self._is_free(place) for _, begin, stop in parts for place in range(begin, stop)):
            return None
        column = tokens.slice(at, at + 3)
        looked_up = (f"{column} {self._bound(*part)}" for part in parts)
        return " AND ".join((*looked_up, self._clocks.in_utc(column))), at + 3

    def _bound(self, operator: str, first: int, end: int) -> str:
        if operator == "=":
            return f"= {self._on_wall(first, end)}"
        seconds = self._clocks.least if operator in {">", ">="} else self._clocks.most
        return f"{operator} {self._render(first, end)} + INTERVAL {seconds} SECOND"

    def _column(self, at: int) -> tuple[str, int] | None:
        tokens = self._tokens
        if not self._is_wall(at) or tokens.word(at + 3) == "IS":  # whether there is one, the figures say as well
            return None
        changed = self._clocks.in_utc(tokens.slice(at, at + 3))
        if tokens.is_listed(at) and tokens.word(at - 1) in _BEFORE_COLUMN and tokens.word(at + 3) in _AFTER_COLUMN:
            changed += f" AS `{tokens.name(at + 2)}`"
        return changed, at + 3

    def _on_wall(self, first: int, end: int) -> str:
        return self._clocks.on_wall(f"CAST({self._render(first, end)} AS DATETIME(6))")

    def _is_wall(self, at: int) -> bool:
        tokens = self._tokens
        if tokens.word(at + 1) != "." or tokens.word(at - 1) == ".":
            return False
        return (tokens.table(at), tokens.name(at + 2)) in self._walls.columns

    def _is_free(self, at: int) -> bool:
        """Whether a token makes a value that no index could be asked for."""
        return self._tokens.word(at) == "SELECT" or self._is_wall(at)

    def _has_wall_slots(self) -> bool:
        tokens, found = self._tokens, set()
        for at in range(len(tokens) - 2):
            if tokens.word(at + 1) == "." and tokens.name(at + 2) == _SLOT:
                table = tokens.table(at) or ""
                found.add((table, _TIME_OF_SLOT.get(table, "")) in self._walls.columns)
        if len(found) > 1:
            raise InvalidRule("slots of tables that keep their times differently (DATETIME, TIMESTAMP) are compared")
        return found == {True}

    def _assignments(self) -> Iterator[tuple[int, int]]:
        """Where a wall time is set by UPDATE, and where its value ends."""
        tokens = self._tokens
        if tokens.word(0) != "UPDATE":
            return
        at = next((place for place in range(len(tokens)) if tokens.word(place) == "SET"), len(tokens))
        while tokens.word(at) in {"SET", ","}:
            end = at + 5
            while end < len(tokens) and tokens.word(end) not in _ENDS_VALUE:
                end = tokens.close(end) + 1
            if self._is_wall(at + 1) and tokens.word(at + 4) == "=":
                yield at + 1, end
            at = end
