"""JSON documents that people write, read strictly: what is unknown, repeated or of another type is refused by name."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from data_consistency.errors import DataConsistencyError

Refusal = type[DataConsistencyError]


def read_json(path: Path, where: str, refusal: Refusal) -> object:
    """The document of a file.

    Args:
        path: of a file in UTF-8.
        where: how errors call it.
        refusal: the error that is raised.

    Raises:
        DataConsistencyError: of the type handed in; the file cannot be read, is not JSON, or repeats a key.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_repeated_keys)
    except (OSError, ValueError, RecursionError) as error:
        raise refusal(f"{where}: cannot be read as JSON ({error}); mend the file") from error


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one object of a document; every error names the place and the field."""

    values: Mapping[str, object]
    where: str
    refusal: Refusal

    @classmethod
    def of(cls, value: object, where: str, refusal: Refusal, known: Iterable[str] | None = None) -> "Fields":
        """The fields of a value that must be an object.

        Args:
            value: of the document.
            where: how errors call it.
            refusal: the error that is raised.
            known: names of the fields there may be; None: any.
        """
        if not isinstance(value, dict):
            raise refusal(f"{where}: an object is expected, not {type(value).__name__}")
        if known is not None and (unknown := sorted(set(value) - set(known))):
            raise refusal(f"{where}: unknown key '{unknown[0]}'; known are {', '.join(sorted(known))}")
        return cls(value, where, refusal)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> object:
        return self.values[key]

    def items(self) -> Iterator[tuple[str, object]]:
        """Names and values, in the order of the document."""
        yield from self.values.items()

    def get(self, key: str, default: object = None) -> object:
        """A value as it stands there."""
        return self.values.get(key, default)

    def at(self, where: str) -> "Fields":
        """The same fields under another name for errors."""
        return Fields(self.values, where, self.refusal)

    def below(self, key: str, known: Iterable[str] | None = None) -> "Fields":
        """The fields of an object within; where it is missing, none."""
        return Fields.of(self.get(key, {}), f"{self.where}: {key}", self.refusal, known)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(f"{self.where}: '{key}' must be a text that is not empty")
        return value

    def choice(self, key: str, known: Iterable[str]) -> str:
        """One of some words."""
        words = list(known)
        value = self.get(key)
        if value not in words:
            raise self.refusal(f"{self.where}: unknown {key} {value!r}; use {', '.join(words)}")
        return str(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.refusal(f"{self.where}: '{key}' must be true or false")
        return value

    def number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within limits; None: not said."""
        if key not in self.values:
            return None
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.refusal(f"{self.where}: '{key}' must be a whole number from {least} to {most}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts that are not empty; where it is missing, none."""
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.refusal(f"{self.where}: '{key}' must be a list of texts")
        return tuple(value)

    def numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers within limits; where it is missing, none."""
        value = self.get(key, [])
        if not isinstance(value, list) or not all(_is_whole(item) and least <= item <= most for item in value):
            raise self.refusal(f"{self.where}: '{key}' must be a list of whole numbers from {least} to {most}")
        return tuple(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ValueError(f"key {key!r} stands twice in one object")
        seen.add(key)
    return dict(pairs)
