"""Every word of the pages in every language, and every page only with words that there are."""

import re
import string
from pathlib import Path

import pytest

from data_consistency.ledger.items import Decision, ItemKind, Reason
from data_consistency.phrases import LANGUAGES, read
from data_consistency.review.listing import State
from data_consistency.review.rows import _PERSONAL, _SHOWN, Side
from data_consistency.review.viewers import Role
from data_consistency.rules import Severity
from data_consistency.web.pages import actions, words
from data_consistency.web.pages.words import Words

_FOLDER = Path(words.__file__).parent
_ENGLISH = read(words.FOLDER, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything_with_the_same_values(language: str) -> None:
    """No key is missing, none is empty, none is left over, and the places for values are the same."""
    said = read(words.FOLDER, language)

    assert set(said) == set(_ENGLISH)
    assert all(text.strip() for text in said.values())
    assert {key: _places(text) for key, text in said.items()} == {key: _places(text) for key, text in _ENGLISH.items()}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_pages_use_words_that_there_are() -> None:
    """Also those that are put together of a kind and a code."""
    pages = "".join(path.read_text(encoding="utf-8") for path in (_FOLDER / "templates").glob("*.j2"))
    codes = {
        "state": State,
        "kind": ItemKind,
        "severity": Severity,
        "reason": Reason,
        "decision": Decision,
        "role": Role,
        "done": actions.DONE,
        "side": Side,
        "fact": {name for shown in (*_SHOWN.values(), *_PERSONAL.values()) for name in shown},
    }

    assert set(re.findall(r"\bt\('(\w+)'[,)]", pages)) <= set(_ENGLISH)
    assert {f"{kind}_{code}" for kind, those in codes.items() for code in those} <= set(_ENGLISH)


def test_pages_hold_no_script_and_no_style_of_their_own() -> None:
    """The policy of the pages lets none of it run."""
    for path in (_FOLDER / "templates").glob("*.j2"):
        text = path.read_text(encoding="utf-8")

        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|\|\s*safe", text), path.name
    assert not re.search(r"url\(|@import", (_FOLDER / "pages.css").read_text(encoding="utf-8"))


def test_numbers_and_spans_are_told() -> None:
    """In the words of each language."""
    assert ("2\u00a0d", "2\u00a0T") == tuple(Words(language).span(190_000) for language in LANGUAGES)
    assert ("12\u202f345 items", "1 item") == (Words("en").total(12_345), Words("en").total(1))
    assert ("(empty)", "(blank)", "yes") == tuple(map(Words("en").value, (None, "", True)))
