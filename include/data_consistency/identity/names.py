"""Names: what a voice agent heard as a name, and whether it is one.

The text itself is kept whatever the verdict: a person may read more in it than a pattern does.
"""

import enum
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from data_consistency.identity.text import (
    BLANKS,
    is_capital,
    is_format,
    is_letter,
    is_unseen,
    normalized,
    trimmed,
    visible_length,
)

# First names that the voice agent goes by; customers may be called the same.
PERSONAS = frozenset(
    {"Tina", "Lisa", "Anna", "Maria", "Sophie", "Julia", "Emma"}
    | {"Max", "Tom", "Paul", "Felix", "Leon", "Lukas", "Jonas"}
)
_UNKNOWN = "unbekannt:"
_ENDINGS = " .,!?"
_MIN_LENGTH, _TOO_LONG, _MAX_WORDS = 2, 50, 5
_FRAGMENTS = frozenset(
    {"mir nicht", "guten tag", "guten morgen", "hallo", "ja", "nein", "gleich fertig", "ja bitte", "danke"}
)
_PLACEHOLDERS = frozenset(
    {"anonymous", "anonym", "unbekannt", "unknown", "gast", "guest", "kunde", "customer", "n/a", "na", "-"}
    | {"anonymer anrufer", "neuer anrufer"}
)
_NUMBERED_PLACEHOLDER = re.compile(r"unbekannt *#")
_AGENT_WORDS = frozenset({"terminassistent", "assistent", "assistentin", "bot"})
_STAFF_WISH = re.compile(r"(bei|beim|zu|zum|zur|mit) ")
_TALK = frozenset(
    {"ich", "mir", "mich", "nicht", "gleich", "fertig", "guten", "gern", "gerne", "hätte", "möchte", "würde", "bitte"}
    | {"danke", "ja", "nein", "also", "genau", "das", "ein", "eine", "einen", "termin", "heute", "morgen", "uhr"}
)
# Particles of names too: words of talk only where nothing follows.
_TALK_AT_THE_END = frozenset({"der", "die", "zu"})
_PARTICLES = frozenset(
    {"von", "van", "vom", "de", "del", "der", "den", "dem", "dos", "la", "al", "el", "di", "da", "zu"}
)
_WITHIN_WORDS = frozenset("'.-\u2010\u2011\u2019")
_TITLE = re.compile(r"^(herr|frau|mr|mrs|ms)\.? ")
_KEY_TITLES = re.compile(
    r"^ ?(unbekannt: ?)*"
    r"((herrn?|frau|fraeulein|mr|mrs|ms|dr|prof|professor|doktor|dipl|ing|med|jur|mag)([.] ?| |$))*"
)
_FOLDED = (("ä", "ae"), ("a\u0308", "ae"), ("ö", "oe"), ("o\u0308", "oe"), ("ü", "ue"), ("u\u0308", "ue"), ("ß", "ss"))
_HYPHENS = "-\u2010\u2011"
_TEST_DATA = ("test", "demo")


class NameClass(enum.StrEnum):
    """What a text is worth as a name."""

    GENUINE = "genuine"
    DOUBTFUL = "doubtful"  # a person decides
    NOT_GENUINE = "not_genuine"


class NameReason(enum.StrEnum):
    """Why a text is no name, or perhaps none."""

    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    NUMERIC = "numeric"
    LENGTH = "length"
    FRAGMENT = "fragment"
    STAFF_WISH = "staff_wish"
    FUNCTION_WORD = "function_word"
    STAFF_MEMBER = "staff_member"
    PERSONA = "persona"
    SHAPE = "shape"
    TEST_DATA = "test_data"  # a flag only: such a name is genuine


@dataclass(frozen=True, slots=True, kw_only=True)
class NameVerdict:
    """What a text is worth as a name, and why not more."""

    name_class: NameClass
    reason: NameReason | None = None

    @property
    def is_none(self) -> bool:
        """Whether it is certainly no name."""
        return self.name_class is NameClass.NOT_GENUINE

    @property
    def is_genuine(self) -> bool:
        """Whether it is a name beyond doubt."""
        return self.name_class is NameClass.GENUINE


def judge_name(name: str | None, staff: Collection[str] = (), personas: Collection[str] = PERSONAS) -> NameVerdict:
    """Judge a text as the name of a person who called.

    Args:
        name: as heard or stored; "Unbekannt: X" is judged as X.
        staff: names of the company's active staff; whoever is called like one of them is doubtful.
        personas: first names that the voice agent goes by.
    """
    text = _without_unknown(normalized(name))
    lowered = text.lower()
    for reason, applies in _NONE:
        if applies(text, lowered):
            return NameVerdict(name_class=NameClass.NOT_GENUINE, reason=reason)
    for reason in _doubts(text, lowered, staff, personas):
        return NameVerdict(name_class=NameClass.DOUBTFUL, reason=reason)
    is_test = any(word in lowered for word in _TEST_DATA)
    return NameVerdict(name_class=NameClass.GENUINE, reason=NameReason.TEST_DATA if is_test else None)


def name_key(name: str | None) -> str | None:
    """What two spellings of one name have in common; None: there is none.

    No title, single blanks, no sign at the end, lower case, umlauts and sharp s in two letters, no hyphen: "Frau Dr.
    Müller-Groß" and "Mueller Gross" are one. Particles (von, zu) are part of a name.
    """
    text = "".join(
        " " if sign in BLANKS or sign in _HYPHENS or is_format(sign) else sign for sign in (name or "").lower()
    )
    text = re.sub(" +", " ", text)
    for spelling, folded in _FOLDED:
        text = text.replace(spelling, folded)
    return _KEY_TITLES.sub("", text).rstrip(_ENDINGS).strip(" ") or None


def _without_unknown(text: str) -> str:
    while text.lower().startswith(_UNKNOWN):
        text = trimmed(text[len(_UNKNOWN) :])
    return text


def _is_placeholder(_text: str, lowered: str) -> bool:
    return _bare(lowered) in _PLACEHOLDERS or _NUMBERED_PLACEHOLDER.match(lowered) is not None


def _is_numeric(text: str, _lowered: str) -> bool:
    return "@" in text or "+49" in text or not any(map(is_letter, text))


def _has_wrong_length(text: str, _lowered: str) -> bool:
    return not _MIN_LENGTH <= visible_length(text) < _TOO_LONG


def _holds_talk(_text: str, lowered: str) -> bool:
    words = re.split(r"[ .,!?]+", _bare(lowered))
    return not _TALK.isdisjoint(words) or words[-1] in _TALK_AT_THE_END


# In this order; the first that applies is the reason.
_NONE: tuple[tuple[NameReason, Callable[[str, str], bool]], ...] = (
    (NameReason.EMPTY, lambda text, _: not text),
    (NameReason.PLACEHOLDER, _is_placeholder),
    (NameReason.NUMERIC, _is_numeric),
    (NameReason.LENGTH, _has_wrong_length),
    (NameReason.FRAGMENT, lambda _, lowered: _bare(lowered) in _FRAGMENTS),
    (NameReason.STAFF_WISH, lambda _, lowered: _STAFF_WISH.match(lowered) is not None),
    (NameReason.PERSONA, lambda _, lowered: _bare(lowered) in _AGENT_WORDS),
    (NameReason.FUNCTION_WORD, _holds_talk),
)


def _doubts(text: str, lowered: str, staff: Collection[str], personas: Collection[str]) -> Iterator[NameReason]:
    if staff and _spoken(_TITLE.sub("", lowered, count=1)) in {_spoken(normalized(member)) for member in staff}:
        yield NameReason.STAFF_MEMBER
    if _bare(lowered) in {normalized(persona).lower() for persona in personas}:
        yield NameReason.PERSONA
    if not _is_shaped_like_a_name(text):
        yield NameReason.SHAPE


def _is_shaped_like_a_name(text: str) -> bool:
    words = text.split(" ")
    others = [word for word in words if word not in _PARTICLES]
    return len(words) <= _MAX_WORDS and bool(others) and all(map(_is_capitalized_word, others))


def _is_capitalized_word(word: str) -> bool:
    begun = word.lstrip("".join(filter(is_format, word)) or " ")
    return (
        begun != ""
        and is_capital(begun[0])
        and all(is_letter(sign) or is_unseen(sign) or sign in _WITHIN_WORDS for sign in begun)
    )


def _bare(lowered: str) -> str:
    """Without the punctuation that speech recognition puts at the end."""
    end = len(lowered)
    while end and (lowered[end - 1] in _ENDINGS or is_format(lowered[end - 1])):
        end -= 1
    return lowered[:end]


def _spoken(name: str) -> str:
    """As it sounds to a database that does not tell accents apart."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", name) if not is_unseen(sign))
    return plain.casefold()
