"""Shared expressions: what several SQL files say in the same words stands once, in `sql/functions/<name>.sql`.

A file there begins `-- NAME(parameter, ...): meaning`, followed by `SELECT <expression>` over `:parameter`s. A call
NAME(...) in any other file is replaced by the expression. A stored function would say it as well, but costs a call a
row and cannot be used by a view that people without EXECUTE rights read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from data_consistency.errors import InvalidRule
from data_consistency.project import Project

_HEADER = re.compile(r"-- (?P<name>[A-Z][A-Z0-9_]+)\((?P<parameters>[a-z_, ]*)\): \S")
_SELECT = re.compile(r"^SELECT\s", re.MULTILINE)
_PLAIN = re.compile(r"[\w.:]+")
# Expressions may use expressions; a circle is refused at this depth.
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One shared expression."""

    name: str
    parameters: tuple[str, ...]
    expression: str


@lru_cache(maxsize=1024)
def read_sql(project: Project, part: str, name: str) -> str:
    """Text of `sql/<part>/<name>.sql`, with its calls of shared expressions replaced by the expressions.

    Raises:
        InvalidRule: the file does not exist or is not UTF-8, or calls a shared expression wrongly.
    """
    return expand(project, project.text(part, name), f"sql/{part}/{name}.sql")


def expand(project: Project, text: str, where: str) -> str:
    """Replace every call of a shared expression, also within the expressions themselves.

    Raises:
        InvalidRule: a wrong number of arguments, a bracket without its other half, or a circle; names `where`.
    """
    known = load_functions(project)
    calls = re.compile(rf"\b({'|'.join(known)})\(") if known else None
    for _ in range(_MAX_DEPTH):
        if calls is None or calls.search(_without_comments(text)) is None:
            return text
        text = "".join(_expanded(text, calls, known, where))
    raise InvalidRule(f"{where}: shared expressions of sql/functions/ call each other in a circle")


@lru_cache(maxsize=4)
def load_functions(project: Project) -> Mapping[str, Function]:
    """All shared expressions of a project, by name.

    Raises:
        InvalidRule: a file has no header line, is not one expression, or is not called like its file.
    """
    functions = (_load(name, project.text("functions", name)) for name in project.names("functions"))
    return {function.name: function for function in functions}


def _load(name: str, text: str) -> Function:
    where = f"sql/functions/{name}.sql"
    header = _HEADER.match(text)
    if header is None or header["name"].lower() != name:
        raise InvalidRule(f"{where}: must begin `-- {name.upper()}(parameter, ...): meaning`")
    select = _SELECT.search(text)
    if select is None:
        raise InvalidRule(f"{where}: must hold `SELECT <expression>`")
    parameters = tuple(name.strip() for name in header["parameters"].split(",") if name.strip())
    return Function(name=header["name"], parameters=parameters, expression=text[select.end() :].strip())


def _expanded(text: str, calls: re.Pattern[str], known: Mapping[str, Function], where: str) -> Iterator[str]:
    hidden = _without_comments(text)
    position = 0
    while (call := calls.search(hidden, position)) is not None:
        function = known[call[1]]
        arguments, end = _arguments(text, call.end(), f"{where}: {function.name}")
        if len(arguments) != len(function.parameters):
            raise InvalidRule(
                f"{where}: {function.name} takes {len(function.parameters)}, not {len(arguments)} arguments"
            )
        yield text[position : call.start()]
        yield _filled(function, arguments)
        position = end
    yield text[position:]


def _filled(function: Function, arguments: list[str]) -> str:
    values = dict(zip(function.parameters, arguments, strict=True))

    def value(match: re.Match[str]) -> str:
        argument = values.get(match[1])
        if argument is None:
            return match[0]
        return argument if _PLAIN.fullmatch(argument) else f"({argument})"

    return re.sub(r"(?<![:\w]):(\w+)", value, function.expression)


def _arguments(text: str, start: int, where: str) -> tuple[list[str], int]:
    """The arguments of a call whose bracket opens before `start`, and where the text goes on."""
    arguments, depth, quoted, begin = [], 1, False, start
    for position in range(start, len(text)):
        sign = text[position]
        if sign == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if depth == 0 or (depth == 1 and sign == ","):
            arguments.append(text[begin:position].strip())
            begin = position + 1
        if depth == 0:
            return [argument for argument in arguments if argument], position + 1
    raise InvalidRule(f"{where}: the bracket is not closed")


def _without_comments(text: str) -> str:
    """The text with comments blanked out, so that positions stay."""
    return re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), text)
