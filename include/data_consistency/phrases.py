"""What pages say, in one language: phrases by key, from one file a language, under the same keys."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

LANGUAGES = ("en", "de")
DASH = "\u2013"  # stands for what is not known


class _Both(Protocol):
    """A thing in both languages, without its capital and its full stop."""

    @property
    def en(self) -> str: ...

    @property
    def de(self) -> str: ...


@lru_cache(maxsize=8)
def read(folder: Path, language: str) -> Mapping[str, str]:
    """All phrases of a language by their key.

    Args:
        folder: of the files.
        language: one of LANGUAGES.
    """
    return tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))


class Phrases:
    """The phrases of one language; for templates."""

    def __init__(self, folder: Path, language: str) -> None:
        self.language = language
        self._said = read(folder, language)

    def __call__(self, key: str, **values: object) -> str:
        """What stands under a key, with values in it."""
        return self._said[key].format(**values)

    def code(self, prefix: str, code: object) -> str:
        """A code in words; one that nobody has words for stands for itself."""
        key = f"{prefix}_{code}"
        return self(key) if key in self._said else str(code).replace("_", " ")

    def count(self, number: int | None) -> str:
        """A count with thin spaces between thousands; a dash for what is not known."""
        return DASH if number is None else f"{number:,}".replace(",", "\u202f")

    def sentence(self, both: _Both) -> str:
        """What is kept in both languages, as a sentence."""
        said = both.de if self.language == "de" else both.en
        return f"{said[:1].upper()}{said[1:]}."
