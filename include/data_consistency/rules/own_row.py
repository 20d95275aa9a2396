"""Expressions that a computed column may hold: about one row's own columns, and about nothing else.

It is an allow-list. What is written here gives the same value whatever the session's zone and mode, cannot fail and
cannot warn, as the column is computed within writes of the application: so kinds of values are not mixed, whole
numbers stay within bounds, texts to compare with are plain letters, and a TIMESTAMP is compared as the instant that it
is. A clock, a variable, a pattern, a subquery or a column of another table has no text here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

# What values may be compared with each other.
Kind = Literal["number", "text", "instant", "wall", "other"]

_INTEGERS = {"tinyint": 2**7, "smallint": 2**15, "mediumint": 2**23, "int": 2**31, "bigint": 2**63}
_NUMBERS = frozenset({"decimal", "float", "double"})
# Not CHAR: a mode of the server decides on the blanks at its end.
_TEXTS = frozenset({"varchar", "tinytext", "text", "mediumtext", "longtext", "enum"})
# A whole number beyond it may leave BIGINT where it is reckoned with.
_MOST = 2**62
# Neither a quote nor what a mode of the server, or a driver, reads as a sign of its own.
_PLAIN = re.compile(r"[ !#$&()*+,./0-9;<=>?@A-Z\[\]^_a-z{}~\"-]*")
_NAME = re.compile(r"[a-z0-9_]+", re.IGNORECASE)
_PATTERN = re.compile(r"(?:\\[%_]|[ A-Za-z0-9_%.+-])*")
_COMPARISONS: Mapping[type[exp.Expr], str] = {
    **{exp.EQ: "=", exp.NEQ: "<>", exp.NullSafeEQ: "<=>"},
    **{exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="},
}
_JOINS: Mapping[type[exp.Expr], str] = {exp.And: "AND", exp.Or: "OR"}
_SUMS: Mapping[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_ABSENT: tuple[object, ...] = (None, False, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """How a column keeps its values."""

    data_type: str  # in lower case, without length
    is_unsigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The row that expressions speak of."""

    alias: str
    types: Mapping[str, ColumnType]  # by column
    instant: str  # how the server writes a TIMESTAMP as an instant, with {} for the column
    has_wall_times: bool = False  # its DATETIME columns show a clock that is put back once a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An expression and what it gives."""

    text: str
    kind: Kind
    bounds: tuple[int, int] | None = None  # of a whole number that may be reckoned with


def value(node: exp.Expr, row: Row) -> Value | None:
    """The expression as a computed column may hold it; None: it may not."""
    writer = _WRITERS.get(type(node))
    return None if writer is None else writer(node, row)


def args_of(node: exp.Expr) -> set[str]:
    """What a node of the tree says of itself; a word that nobody here knows must not be passed over."""
    return {name for name, said in node.args.items() if said not in _ABSENT}


def _has_only(node: exp.Expr, *names: str) -> bool:
    return args_of(node) <= set(names)


def _column(node: exp.Expr, row: Row) -> Value | None:
    known = row.types.get(node.name)
    if not isinstance(node, exp.Column) or node.table != row.alias or known is None or not _NAME.fullmatch(node.name):
        return None
    name = f"`{node.name}`"
    if known.data_type in _INTEGERS:
        end = _INTEGERS[known.data_type]
        # Unsigned numbers cannot be subtracted: what is below zero is an error.
        return Value(text=name, kind="number", bounds=None if known.is_unsigned else (-end, end))
    if known.data_type in _NUMBERS:
        return Value(text=name, kind="number")
    if known.data_type in _TEXTS:
        return Value(text=name, kind="text")
    if known.data_type == "timestamp":
        return Value(text=row.instant.format(name), kind="instant")
    if known.data_type == "datetime" and not row.has_wall_times:
        return Value(text=name, kind="wall")
    return Value(text=name, kind="other")


def _literal(node: exp.Expr, row: Row) -> Value | None:
    del row
    if isinstance(node, exp.Literal) and node.is_string:
        return Value(text=f"'{node.this}'", kind="text") if _PLAIN.fullmatch(node.this) else None
    if not re.fullmatch(r"[0-9]{1,15}", node.name):
        return Value(text=node.name, kind="number") if re.fullmatch(r"[0-9]{1,15}\.[0-9]{1,9}", node.name) else None
    number = int(node.name)
    return Value(text=node.name, kind="number", bounds=(number, number))


def _boolean(node: exp.Expr, row: Row) -> Value | None:
    del row
    return _truth("1" if node.this else "0")


def _truth(text: str) -> Value:
    return Value(text=text, kind="number", bounds=(0, 1))


def _paren(node: exp.Expr, row: Row) -> Value | None:
    return value(node.this, row) if _has_only(node, "this") else None


def _values(nodes: Sequence[exp.Expr | None], row: Row) -> list[Value] | None:
    found = [value(node, row) if node is not None else None for node in nodes]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _alike(nodes: Sequence[exp.Expr | None], row: Row) -> list[Value] | None:
    """Values that can be compared with each other without being turned into something else."""
    found = _values(nodes, row)
    if found is None or len({one.kind for one in found}) != 1 or found[0].kind == "other":
        return None
    return found


def _comparison(node: exp.Expr, row: Row) -> Value | None:
    found = _alike([node.args.get("this"), node.args.get("expression")], row)
    if found is None or not _has_only(node, "this", "expression"):
        return None
    return _truth(f"({found[0].text} {_COMPARISONS[type(node)]} {found[1].text})")


def _conditions(nodes: Sequence[exp.Expr | None], row: Row) -> list[Value] | None:
    found = _values(nodes, row)
    return None if found is None or any(one.kind != "number" for one in found) else found


def _joined(node: exp.Expr, row: Row) -> Value | None:
    found = _conditions([node.args.get("this"), node.args.get("expression")], row)
    if found is None or not _has_only(node, "this", "expression"):
        return None
    return _truth(f"({found[0].text} {_JOINS[type(node)]} {found[1].text})")


def _not(node: exp.Expr, row: Row) -> Value | None:
    found = _conditions([node.this], row)
    return _truth(f"(NOT {found[0].text})") if found and _has_only(node, "this") else None


def _is(node: exp.Expr, row: Row) -> Value | None:
    found, what = value(node.this, row), node.args.get("expression")
    if found is None or not _has_only(node, "this", "expression"):
        return None
    if isinstance(what, exp.Null):
        # Whatever kind of column it is, and without being turned into an instant.
        text = f"`{node.this.name}`" if isinstance(node.this, exp.Column) else found.text
        return _truth(f"({text} IS NULL)")
    if isinstance(what, exp.Boolean) and found.kind == "number":
        return _truth(f"({found.text} IS {'TRUE' if what.this else 'FALSE'})")
    return None


def _in(node: exp.Expr, row: Row) -> Value | None:
    found = _alike([node.this, *node.expressions], row)
    if found is None or len(found) == 1 or not _has_only(node, "this", "expressions"):
        return None
    return _truth(f"({found[0].text} IN ({', '.join(one.text for one in found[1:])}))")


def _between(node: exp.Expr, row: Row) -> Value | None:
    found = _alike([node.this, node.args.get("low"), node.args.get("high")], row)
    if found is None or not _has_only(node, "this", "low", "high"):
        return None
    return _truth(f"({found[0].text} BETWEEN {found[1].text} AND {found[2].text})")


def _like(node: exp.Expr, row: Row) -> Value | None:
    found, pattern = value(node.this, row), node.args.get("expression")
    is_plain = isinstance(pattern, exp.Literal) and pattern.is_string and _PATTERN.fullmatch(pattern.this)
    if (
        found is None
        or found.kind != "text"
        or not is_plain
        or not set(args_of(node)) <= {"this", "expression", "negate"}
    ):
        return None
    # A mode of the server takes the backslash for a letter.
    said = pattern.this.replace("\\", "|")  # type: ignore[union-attr]
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return _truth(f"({found.text} {word} '{said}' ESCAPE '|')")


def _coalesce(node: exp.Expr, row: Row) -> Value | None:
    found = _alike([node.this, *node.expressions], row)
    if found is None or not _has_only(node, "this", "expressions"):
        return None
    return Value(text=f"COALESCE({', '.join(one.text for one in found)})", kind=found[0].kind, bounds=_widest(found))


def _nullif(node: exp.Expr, row: Row) -> Value | None:
    found = _alike([node.this, node.args.get("expression")], row)
    if found is None or not _has_only(node, "this", "expression"):
        return None
    return Value(text=f"NULLIF({found[0].text}, {found[1].text})", kind=found[0].kind, bounds=found[0].bounds)


def _if(node: exp.Expr, row: Row) -> Value | None:
    test = _conditions([node.this], row)
    found = _alike([node.args.get("true"), node.args.get("false")], row)
    if test is None or found is None or not _has_only(node, "this", "true", "false"):
        return None
    text = f"IF({test[0].text}, {found[0].text}, {found[1].text})"
    return Value(text=text, kind=found[0].kind, bounds=_widest(found))


def _case(node: exp.Expr, row: Row) -> Value | None:
    cases = node.args.get("ifs") or []
    tests = _conditions([case.this for case in cases], row)
    found = _alike([*(case.args.get("true") for case in cases), node.args.get("default")], row)
    if tests is None or found is None or not _has_only(node, "ifs", "default"):
        return None
    whens = " ".join(f"WHEN {test.text} THEN {then.text}" for test, then in zip(tests, found[:-1], strict=True))
    return Value(text=f"(CASE {whens} ELSE {found[-1].text} END)", kind=found[0].kind, bounds=_widest(found))


def _collate(node: exp.Expr, row: Row) -> Value | None:
    found, collation = value(node.this, row), node.args["expression"].name
    if found is None or found.kind != "text" or not _NAME.fullmatch(collation):
        return None
    return Value(text=f"({found.text} COLLATE {collation})", kind="text")


def _cast(node: exp.Expr, row: Row) -> Value | None:
    """To bytes alone: a text that is no number makes a write fail."""
    found = value(node.this, row)
    is_binary = node.args["to"].sql("mysql") == "BINARY"
    if found is None or found.kind != "text" or not is_binary or not _has_only(node, "this", "to"):
        return None
    return Value(text=f"CAST({found.text} AS BINARY)", kind="text")


def _left(node: exp.Expr, row: Row) -> Value | None:
    found, length = value(node.this, row), node.args["expression"]
    if found is None or found.kind != "text" or not (isinstance(length, exp.Literal) and length.name.isdigit()):
        return None
    return Value(text=f"LEFT({found.text}, {length.name})", kind="text")


def _reckoned(node: exp.Expr, row: Row) -> Value | None:
    found = _values([node.args.get("this"), node.args.get("expression")], row)
    if found is None or found[0].bounds is None or found[1].bounds is None:
        return None
    sign = _SUMS[type(node)]
    (low, high), (least, most) = found[0].bounds, found[1].bounds
    if sign == "*":
        ends = [low * least, low * most, high * least, high * most]
    else:
        ends = [low + least, high + most] if sign == "+" else [low - most, high - least]
    if max(map(abs, ends)) > _MOST:
        return None
    return Value(text=f"({found[0].text} {sign} {found[1].text})", kind="number", bounds=(min(ends), max(ends)))


def _turned(node: exp.Expr, row: Row) -> Value | None:
    found = value(node.this, row)
    if found is None or found.bounds is None or max(map(abs, found.bounds)) > _MOST:
        return None
    end = max(map(abs, found.bounds))
    text = f"ABS({found.text})" if isinstance(node, exp.Abs) else f"(- {found.text})"
    return Value(text=text, kind="number", bounds=(-end, end))


def _widest(found: Sequence[Value]) -> tuple[int, int] | None:
    bounds = [one.bounds for one in found if one.bounds is not None]
    return (min(low for low, _ in bounds), max(high for _, high in bounds)) if len(bounds) == len(found) else None


_WRITERS: Mapping[type[exp.Expr], Callable[[exp.Expr, Row], Value | None]] = {
    **dict.fromkeys(_COMPARISONS, _comparison),
    **dict.fromkeys(_JOINS, _joined),
    **dict.fromkeys(_SUMS, _reckoned),
    **{exp.Column: _column, exp.Literal: _literal, exp.Boolean: _boolean, exp.Paren: _paren, exp.Not: _not},
    **{exp.Is: _is, exp.In: _in, exp.Between: _between, exp.Like: _like, exp.Coalesce: _coalesce},
    **{exp.Nullif: _nullif, exp.If: _if, exp.Case: _case, exp.Collate: _collate, exp.Cast: _cast},
    **{exp.Left: _left, exp.Abs: _turned, exp.Neg: _turned},
}
