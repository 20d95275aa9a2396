"""Variables of a compose file, replaced as the engine replaces them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from data_consistency.errors import ConfigurationError

_BEGIN = re.compile(r"\$(?:(\$)|\{([A-Za-z_]\w*)(:-|-|:\?|\?)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One use of a variable."""

    name: str
    operator: str  # `:-` or `-` before a default, `:?` or `?` before a refusal; empty: neither
    word: str  # the default or the refusal, variables in it as they stand there


def variables(text: str) -> Iterator[Variable]:
    """Every variable of a text, also those that stand in a default of another."""
    found: list[Variable] = []

    def note(variable: Variable) -> str:
        found.append(variable)
        return ""

    _replace(text, note)
    for variable in found:
        yield variable
        yield from variables(variable.word)


def interpolate(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced; `$$` is a dollar.

    Raises:
        ConfigurationError: a required variable is missing or empty; names it.
    """

    def value_of(variable: Variable) -> str:
        value = values.get(variable.name)
        if value or (value is not None and ":" not in variable.operator):
            return value
        if "?" in variable.operator:
            raise ConfigurationError(f"{variable.name} is not set: {variable.word}")
        return interpolate(variable.word, values)

    return _replace(text, value_of)


def _replace(text: str, value_of: Callable[[Variable], str]) -> str:
    parts: list[str] = []
    at = 0
    while match := _BEGIN.search(text, at):
        parts.append(text[at : match.start()])
        if match[1]:
            parts.append("$")
            at = match.end()
            continue
        end = _closing(text, match.end())
        parts.append(value_of(Variable(name=match[2], operator=match[3] or "", word=text[match.end() : end])))
        at = end + 1
    return "".join([*parts, text[at:]])


def _closing(text: str, at: int) -> int:
    """Where the brace that is open at a place closes."""
    depth = 1
    for place in range(at, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return place
    raise ConfigurationError(f"a variable's brace does not close: {text[at : at + 40]}")
