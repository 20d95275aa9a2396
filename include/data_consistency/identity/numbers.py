"""Telephone numbers: withheld ones, and one spelling for all the others."""

import re
import unicodedata

from data_consistency.identity.text import BLANKS

_WITHHELD = frozenset({"", "anonymous", "unknown", "blocked", "private", "withheld", "unavailable"})
# What the source writes where a customer needs a number and has none.
_PLACEHOLDER = "anonymous_"
_COUNTRY_CODES = {"DE": "49", "AT": "43", "CH": "41", "FR": "33", "NL": "31", "BE": "32"}
_CODES = "|".join(_COUNTRY_CODES.values())
_WITHOUT_PLUS = re.compile(rf"({_CODES})[1-9][0-9]{{8,12}}")
_CODE_AND_ZERO = re.compile(rf"\+({_CODES})0")
_E164 = re.compile(rf"\+(?!(?:{_CODES})0)[1-9][0-9]{{6,14}}")
_DIALABLE_DIGITS = 5


def is_suppressed(number: str | None) -> bool:
    """Whether the caller withheld the number; placeholder phones of customers count as withheld."""
    text = (number or "").strip(BLANKS).lower()
    return text in _WITHHELD or text.startswith(_PLACEHOLDER)


def is_dialable(number: str | None) -> bool:
    """Whether something is a telephone number at all, and not the placeholder of a withheld one."""
    text = (number or "").strip(BLANKS)
    return len(re.findall("[0-9]", text)) >= _DIALABLE_DIGITS and not text.lower().startswith(_PLACEHOLDER)


def to_e164(number: str | None, region: str = "DE") -> str | None:
    """A number in full, so that spellings of one number are equal. A derived value: the stored one is never rewritten.

    Args:
        number: as somebody wrote it.
        region: the country that a leading zero means, one of DE, AT, CH, FR, NL, BE; any other is taken for DE.
            A number that begins with the code of one of these, and lacks only its plus, gets it.

    Returns:
        The number; None for what is no number, is withheld, or leaves open which country is meant.
    """
    text = "".join(sign for sign in number or "" if sign in "0123456789+" or unicodedata.category(sign)[0] == "L")
    if text.startswith("00"):
        text = f"+{text[2:]}"
    elif text.startswith("0"):
        text = f"+{_COUNTRY_CODES.get(region.upper(), _COUNTRY_CODES['DE'])}{text[1:]}"
    elif _WITHOUT_PLUS.fullmatch(text):
        text = f"+{text}"
    if _CODE_AND_ZERO.match(text):
        text = f"{text[:3]}{text[4:]}"
    return text if _E164.fullmatch(text) else None
