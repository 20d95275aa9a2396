"""Telephone numbers: withheld ones, and one spelling for all the others."""

import re
import unicodedata

from data_consistency.identity.text import BLANKS

_WORDS = (
    *("anonymous", "unknown", "blocked", "private", "withheld", "unavailable", "restricted", "anonym", "unbekannt"),
    *("hidden", "no caller id", "no number", "not available", "id unavailable", "caller unknown"),
    *("unterdrückt", "unterdrueckt", "nicht verfügbar", "keine rufnummer"),
    *("null", "none", "nil", "nan", "undefined", "n/a", "-"),
)
# What may follow some of them.
_NOUNS = "( (number|caller|call|nummer|rufnummer|anrufer))?"
# The digits of some of these words on a keypad, which some providers send in place of a number; none is one.
_KEYPAD = ("266696687", "7378742833", "2562533", "8656696", "86282452253", "7748283", "94844353")
_WITHHELD = re.compile(
    rf"([^<+]*<)?(sips?:|tel:)?[\"']?(({'|'.join(_WORDS)}){_NOUNS})?[\"']?(@[^>]*|;[^>]*)?(>[^>]*)?"
    rf"|([+]|00)?({'|'.join(_KEYPAD)})|[+]?0*"
)
# What the source writes where a customer needs a number and has none.
_PLACEHOLDER = "anonymous_"
_COUNTRY_CODES = {"DE": "49", "AT": "43", "CH": "41", "FR": "33", "NL": "31", "BE": "32"}
_CODES = "|".join(_COUNTRY_CODES.values())
_WITHOUT_PLUS = re.compile(rf"({_CODES})0?[1-9][0-9]{{8,12}}")
_CODE_AND_ZERO = re.compile(rf"\+({_CODES})0")
_E164 = re.compile(rf"\+(?!(?:{_CODES})0)(?!(?:{'|'.join(_KEYPAD)})$)[1-9][0-9]{{6,14}}")
_DIALABLE_DIGITS = 5


def is_suppressed(number: str | None) -> bool:
    """Whether the caller withheld the number: by a word, by its digits on a keypad, by zeros alone, or in an address.

    What a program writes for nothing, and placeholder phones of customers, count as withheld.
    """
    text = (number or "").strip(BLANKS).lower()
    return _WITHHELD.fullmatch(text) is not None or text.startswith(_PLACEHOLDER)


def is_dialable(number: str | None) -> bool:
    """Whether something is a telephone number at all, and not what stands for a withheld one."""
    return len(re.findall("[0-9]", number or "")) >= _DIALABLE_DIGITS and not is_suppressed(number)


def other_number(direction: str | None, from_number: str | None, to_number: str | None) -> str | None:
    """The number of whom we spoke with; in a call of ours it is the one that was called."""
    return to_number if direction == "outbound" else from_number


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
