"""A statement as tokens: its brackets, and which table an alias names at a place."""

from dataclasses import dataclass

import sqlglot
from sqlglot import Token, TokenType

_OPENS_TABLE = frozenset({"FROM", "JOIN", "STRAIGHT_JOIN", "UPDATE"})
_ENDS_OPERAND = frozenset(
    ("AND", "OR", ")", ",", "THEN", "ELSE", "END", "WHEN", "AS", "HAVING", "LIMIT", "UNION", "WHERE", "FOR")
) | {"GROUP BY", "ORDER BY", "INNER", "LEFT", "CROSS", "JOIN", "STRAIGHT_JOIN", "XOR"}


@dataclass(slots=True, kw_only=True)
class _Block:
    """What stands between two brackets, or between UNIONs there, with the tables that it names by alias."""

    above: "_Block | None"
    tables: dict[str, str]
    is_listing: bool = False  # in the list of a SELECT


class Tokens:
    """The tokens of one statement by their places; what is asked of a place beyond its ends is empty."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens: list[Token] = sqlglot.tokenize(text, dialect="mysql")
        self._words = [
            "" if token.token_type in {TokenType.STRING, TokenType.IDENTIFIER} else token.text.upper()
            for token in self._tokens
        ]
        self._close: dict[int, int] = {}
        self._blocks: list[_Block] = []
        self._listing: list[bool] = []
        self._read_blocks()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._tokens)

    def word(self, at: int) -> str:
        """A token in capitals; empty: a text or a quoted name."""
        return self._words[at] if 0 <= at < len(self._words) else ""

    def name(self, at: int) -> str:
        """A token as it is written, without its quotes."""
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def start(self, at: int) -> int:
        """Where in the text a token begins."""
        return self._tokens[at].start

    def end(self, at: int) -> int:
        """Where in the text a token has ended."""
        return self._tokens[at].end + 1

    def slice(self, first: int, end: int) -> str:
        """The text from a token on to before another."""
        return self.text[self.start(first) : self.end(end - 1)]

    def close(self, at: int) -> int:
        """The bracket that closes the one at a place; any other token is its own."""
        return self._close.get(at, at)

    @property
    def tables(self) -> frozenset[str]:
        """Every table that is named."""
        return frozenset(table for block in self._blocks for table in block.tables.values())

    def is_listed(self, at: int) -> bool:
        """Whether a token stands in the list of a SELECT, within no bracket."""
        return self._listing[at]

    def table(self, at: int) -> str | None:
        """The table that the alias at a place names there; None: it is none."""
        block: _Block | None = self._blocks[at]
        while block is not None:
            if (table := block.tables.get(self.name(at))) is not None:
                return table
            block = block.above
        return None

    def end_of_operand(self, at: int) -> int:
        """Where what is compared, and begins at a place, has ended."""
        while at < len(self) and self._words[at] not in _ENDS_OPERAND:
            at = self.close(at) + 1
        return at

    def _read_blocks(self) -> None:
        block, opened = _Block(above=None, tables={}), list[int]()
        for at, word in enumerate(self._words):
            if word == ")" and opened:
                start = opened.pop()
                self._close[start], block = at, self._blocks[start]
            self._blocks.append(block)
            self._listing.append(block.is_listing)
            if word == "(":
                opened.append(at)
                block = _Block(above=block, tables={})
            elif word == "UNION":
                block = _Block(above=block.above, tables={})
            elif word == "SELECT":
                block.is_listing = True
            elif word in _OPENS_TABLE and self.word(at - 1) != "SELECT":
                block.is_listing = False
                self._name_table(block, at + 1)

    def _name_table(self, block: _Block, at: int) -> None:
        if not self.name(at) or self.word(at) in {"(", "SELECT"} or self.word(at + 1) == ".":
            return
        alias = at + 2 if self.word(at + 1) == "AS" else at
        block.tables[self.name(alias)] = self.name(at)
