"""Numbers and names of callers, for any text at all."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_consistency.identity import (
    NameClass,
    is_dialable,
    is_number_copyable,
    is_suppressed,
    judge_name,
    name_key,
    number_text,
    to_e164,
)

_ANY = st.none() | st.text(max_size=80)
_STAFF = ("Petra König", "Jean-Luc Picard")


@pytest.mark.parametrize(
    "number",
    [
        *(None, "", " ", "\t", "anonymous", "ANONYMOUS", " Unknown ", "blocked", "private", "withheld", "unavailable"),
        *("anonymous_1700000000_0a1b2c3d", "anonymous_1700000000"),
        # words of other providers, their digits on a keypad, and addresses
        *(
            "Restricted",
            "anonym",
            "Unterdrückt",
            "No Caller ID",
            "+266696687",
            "266696687",
            "00266696687",
            "+7378742833",
        ),
        *("sip:anonymous@anonymous.invalid", '"Anonymous" <sip:anonymous@84.20.30.40>', "tel:restricted"),
        *("<sip:anonymous@anonymous.invalid>;tag=1a2b", "sip:anonymous@anonymous.invalid;user=phone", '"Anonymous"'),
        *("anonymous;phone-context=+49", "sips:unavailable@x:5061;transport=tls", "'unknown'"),
        # what programs and providers write for nothing
        *("null", "None", "NaN", "undefined", "N/A", "-", "+", "0", "0000", "+0", "00000000000"),
        *("Anonymous Caller", "unknown caller", "Private Call", "ID Unavailable", "Hidden Number", "Keine Rufnummer"),
        *("unterdrueckt", "Nicht verfügbar", "Withheld Number"),
    ],
)
def test_a_withheld_number_is_never_compared_dialled_or_shown(number: str | None) -> None:
    """All spellings of the source, and the placeholder phones of customers."""
    assert is_suppressed(number)
    assert not is_dialable(number)
    assert to_e164(number) is None
    assert ("Anonyme Nummer", "Nicht übertragen") == (number_text(number), number_text(number, in_list=True))
    assert not is_number_copyable(number)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+491713920001", "+491713920001"),
        ("0171 392-0001", "+491713920001"),
        ("0049 (171) 3920001", "+491713920001"),
        ("+49 (0)171 / 392.00.01", "+491713920001"),
        ("491713920001", "+491713920001"),
        ("+43 664 1234567", "+436641234567"),
        ("0041 44 668 18 00", "+41446681800"),
        ("33142685300", "+33142685300"),
        ("+1 212 555 1234", "+12125551234"),
        ("+49 (0) 171 3920001", "+491713920001"),
        ("49 (0) 171 3920001", "+491713920001"),
        ("(0049) 171/3920001", "+491713920001"),
        ("(0049) (0) 171 3920001", "+491713920001"),
        ("0171\u00a0392\u202f0001", "+491713920001"),
        ("+49\u2011171\u20133920001", "+491713920001"),
        ("+2666966871", "+2666966871"),
        ("110", None),
        ("12345678", None),
        ("anonymous_491713920001", None),
        ("0171 392 zwei", None),
        ("+0171", None),
        ("٠١٧١٣٩٢٠٠٠١", None),
    ],
)
def test_spellings_of_a_number_become_one(number: str, expected: str | None) -> None:
    """German by default; what leaves the country open stays unknown."""
    assert expected == to_e164(number)


@pytest.mark.parametrize(
    ("region", "expected"), [("at", "+436641234567"), ("BE", "+326641234567"), ("XX", "+496641234567")]
)
def test_a_leading_zero_means_the_region(region: str, expected: str) -> None:
    """An unknown region is taken for the default."""
    assert expected == to_e164("0664 1234567", region)


@given(number=_ANY)
def test_a_number_in_full_stays_as_it_is(number: str | None) -> None:
    """Deriving twice changes nothing, and what is withheld has no number."""
    full = to_e164(number)

    assert full == to_e164(full)
    assert full is None or (is_dialable(full) and not is_suppressed(number))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (None, "empty"),
        (" \u00a0\u200f", "empty"),
        ("Mir nicht", "fragment"),
        ("guten  Tag.", "fragment"),
        ("GLEICH FERTIG", "fragment"),
        ("ja bitte", "fragment"),
        ("Unbekannt", "placeholder"),
        ("unbekannt #4711", "placeholder"),
        ("Unbekannt: guten Tag", "fragment"),
        ("Unbekannt:", "empty"),
        ("n/a", "placeholder"),
        ("-", "placeholder"),
        ("Anonymer Anrufer", "placeholder"),
        ("A", "length"),
        ("A\u0308", "length"),
        ("X" * 50, "length"),
        ("0171 3920001", "numeric"),
        ("Anna +49171", "numeric"),
        ("petra@example.org", "numeric"),
        ("😀😀", "numeric"),
        ("bei Anna", "staff_wish"),
        ("Zur Chefin", "staff_wish"),
        ("mit der Petra", "staff_wish"),
        ("Terminassistent", "persona"),
        ("Ich hätte", "function_word"),
        ("Ich ha\u0308tte", "function_word"),
        ("Petra, bitte", "function_word"),
        ("Anna von der", "function_word"),
        ("die", "function_word"),
    ],
)
def test_what_is_no_name(name: str | None, reason: str) -> None:
    """The first test that applies is the reason."""
    verdict = judge_name(name, _STAFF)

    assert (NameClass.NOT_GENUINE, reason) == (verdict.name_class, verdict.reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Petra König", "staff_member"),
        ("Frau petra konig", "staff_member"),
        ("Unbekannt: Herr Jean-Luc Picard", "staff_member"),
        ("Anna", "persona"),
        ("LUKAS!", "persona"),
        ("petra", "shape"),
        ("Petra 2", "shape"),
        ("Petra 😀", "shape"),
        ("Anna Maria Sophie Eva Lena Huber", "shape"),
        ("von und", "shape"),
    ],
)
def test_what_a_person_has_to_judge(name: str, reason: str) -> None:
    """Staff, personas and odd shapes may be names all the same."""
    verdict = judge_name(name, _STAFF)

    assert (NameClass.DOUBTFUL, reason) == (verdict.name_class, verdict.reason)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Petra",
            "Petra Ko\u0308nig-Öz",
            "von der Heide",
            "Özlem de la Cruz",
            "Seán O\u2019Brien",
            "Dr. Anna V. Berg",
        ),
        *("Unbekannt: Petra", "Li", "Kim Ja-Young", "X" * 49, "Anna Der Kaloustian"),
        # scripts without capitals, and with direction marks
        *("محمد علي", "\u200fמשה כהן", "李小龍", "김철수", "प्रिया शर्मा", "Ольга Иванова"),
    ],
)
def test_what_is_a_name(name: str) -> None:
    """Umlauts in one or two characters, particles, double names and every script."""
    assert judge_name(name).is_genuine


def test_a_test_name_is_flagged_and_genuine() -> None:
    """People are called Testa and Demopoulos."""
    assert (NameClass.GENUINE, "test_data") == (judge_name("Eva Testa").name_class, judge_name("Eva Testa").reason)


def test_personas_are_the_callers_choice() -> None:
    """A house names its own agent."""
    assert "persona" == judge_name("Clara", personas={"clara"}).reason
    assert judge_name("Anna", personas=()).is_genuine


@given(name=_ANY, staff=st.lists(st.text(max_size=20), max_size=3))
def test_a_verdict_does_not_depend_on_spelling(name: str | None, staff: list[str]) -> None:
    """Any text is judged; blanks around it and the form of its umlauts change nothing."""
    verdict = judge_name(name, staff)

    assert verdict == judge_name(f" \t{unicodedata.normalize('NFD', name or '')}\u2003", staff)
    assert verdict.is_none or (name or "").strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"),
        ("Weiß", "WEISS"),
        ("Frau Dr. med. Müller-Groß", "mueller  gross"),
        ("Prof. Dr. Jörg Schäfer", "Jo\u0308rg Schaefer."),
        ("Dipl.-Ing. Anna von der Heide", "anna von der heide"),
        ("Unbekannt: Herr Meier", "Meier"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    """Titles, umlauts, sharp s, double names; only what is heard alike is the same."""
    assert name_key(one) == name_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Baur", "Bauer"), ("von Heide", "Heide"), ("Drews", "Rews"), ("Ingo Meier", "Go Meier"), ("Müller", "Muller")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    """A particle is part of a name, and a name that begins like a title is none."""
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("nobody", [None, "", " ", "Herr", "Frau Dr.", "Unbekannt:", "-"])
def test_a_title_alone_is_nobody(nobody: str | None) -> None:
    """No two of them are the same person."""
    assert name_key(nobody) is None
