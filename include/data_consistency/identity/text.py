"""What counts as blank, as unseen and as one character, for names and numbers in every script."""

import re
import unicodedata

# Those that the database's patterns call blank.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_BLANK_RUN = re.compile(f"[{BLANKS}]+")


def normalized(text: str | None) -> str:
    """One spelling of a text: composed characters, single blanks, neither blanks nor direction marks at the ends."""
    composed = unicodedata.normalize("NFC", text or "")
    return _BLANK_RUN.sub(" ", trimmed(composed))


def trimmed(text: str) -> str:
    """A text without blanks and unseen characters at its ends."""
    start, end = 0, len(text)
    while start < end and _is_nothing(text[start]):
        start += 1
    while end > start and _is_nothing(text[end - 1]):
        end -= 1
    return text[start:end]


def one_line(text: str | None) -> str:
    """A text to show: single blanks, none at the ends, every character as it was written."""
    return _BLANK_RUN.sub(" ", text or "").strip(" ")


def is_letter(sign: str) -> bool:
    """Whether it is a letter of any script."""
    return unicodedata.category(sign)[0] == "L"


def is_capital(sign: str) -> bool:
    """Whether a word may begin with it: capitals, and letters of scripts that know none."""
    return unicodedata.category(sign) in {"Lu", "Lt", "Lo"}


def is_unseen(sign: str) -> bool:
    """Whether it is a mark on another character, or steers how others are shown."""
    return is_mark(sign) or is_format(sign)


def is_mark(sign: str) -> bool:
    """Whether it is a mark on the character before it."""
    return unicodedata.category(sign)[0] == "M"


def is_format(sign: str) -> bool:
    """Whether it only steers how others are shown: direction, joining."""
    return unicodedata.category(sign) == "Cf"


def visible_length(text: str) -> int:
    """Number of characters that people would count."""
    return sum(not is_unseen(sign) for sign in text)


def _is_nothing(sign: str) -> bool:
    return sign in BLANKS or is_format(sign)
