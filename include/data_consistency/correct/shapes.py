"""One statement for rows that are given different values in the same columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Rows in whose place the same stands, and which are given the same values."""

    ids: tuple[int, ...]
    before: Mapping[str, object]
    after: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What an UPDATE of `t` sets, and where; with its parameters."""

    assignments: str
    unchanged: str  # each row still holds the values of before
    params: Mapping[str, object]


def assigned(columns: Sequence[str], groups: Sequence[Written]) -> Assigned:
    """The parts of an UPDATE that gives every group its values.

    Args:
        columns: of all groups; from the allow-list.
        groups: of different rows; at least one.
    """
    params: dict[str, object] = {}
    for number, group in enumerate(groups):
        params[f"ids_{number}"] = list(group.ids)
        for place, column in enumerate(columns):
            params[f"before_{number}_{place}"] = group.before[column]
            params[f"after_{number}_{place}"] = group.after[column]
    return Assigned(
        assignments=", ".join(f"t.{column} = {_value(place, len(groups))}" for place, column in enumerate(columns)),
        unchanged=" OR ".join(_unchanged(number, columns) for number in range(len(groups))),
        params=params,
    )


def _value(place: int, groups: int) -> str:
    if groups == 1:
        return f":after_0_{place}"
    cases = " ".join(f"WHEN t.id IN :ids_{number} THEN :after_{number}_{place}" for number in range(groups))
    return f"CASE {cases} END"


def _unchanged(number: int, columns: Sequence[str]) -> str:
    same = [f"t.{column} <=> :before_{number}_{place}" for place, column in enumerate(columns)]
    return f"({' AND '.join((f't.id IN :ids_{number}', *same))})"
