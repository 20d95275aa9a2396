"""Random texts that a name or a number field may hold: words of every list, scripts, marks, blanks and nonsense."""

import random
import unicodedata

STAFF = ("Petra König", "Jean-Luc Picard", "Özlem Kaya")
_WORDS = (
    *("ich", "mir", "nicht", "hätte", "möchte", "Würde", "guten", "Tag", "morgen", "heute", "Uhr", "der", "die", "zu"),
    *("von", "van", "de", "la", "al", "bei", "beim", "mit", "zur", "gleich fertig", "mir nicht", "ja bitte", "Hallo"),
    *("Danke", "n/a", "-", "Gast", "unbekannt", "Unbekannt #12", "anonym", "Neuer Anrufer", "Assistentin", "Bot"),
    *("Anna", "Max", "Lukas", "Petra", "König", "Petra König", "Jean-Luc Picard", "özlem kaya", "Herr", "Frau", "mrs."),
    *("Günter", "O'Brien", "O\u2019Neill", "Demir-Öz", "Dr.", "K.", "Test", "x", "Ä", "😀", "42", "@", "+49", "+49171"),
    *("محمد", "علي", "משה", "כהן", "李小龍", "प्रिया", "Ольга", "иванова", "Ольга Иванова", "\u01c5o"),
)
_JOINTS = (" ", " ", " ", "  ", "\u00a0", "\t", "\u3000", ", ", ". ", ".", "! ", " \u200f", "\u200d", "-", "")
_EDGES = ("", "", "", " ", "\t ", "\u200f", ".", "?!", "\u2028", "\u0301")
_NUMBERS = (
    *("+49", "0049", "0", "49", "+43", "43", "+41", "33", "+1", "00", "+", "(0)", "(", ")", " ", "-", "/", "."),
    *("\u2011", "\u2013", "\u202f", "(0049)", "(", "+49 (0)", "49 (0) ", "266696687", "sip:", "@84.20.30.40"),
    *("171", "1713920001", "30", "3920001", "664", "12", "7", "0", "x", "٣", "\u00a0", "anonymous_", "1700000000_0a1b"),
)
_WITHHELD = (
    "anonymous",
    "Anonymous ",
    " UNKNOWN",
    "blocked",
    "private",
    "withheld",
    "unavailable",
    "",
    " ",
    "\t",
    "anon",
    "+266696687",
    "00266696687",
    "+2666966871",
    " +7378742833",
    "86282452253\t",
    "Restricted",
    "sip:anonymous@anonymous.invalid",
    '"Anonymous" <sip:anonymous@84.20.30.40>',
    "<sips:restricted@example.invalid>",
    "sip:+49171@example.invalid",
    "tel:anonymous",
    "No Caller ID",
    "UNTERDRÜCKT",
    "+49171<sip:anonymous@x>",
    "<sip:anonymous@anonymous.invalid>;tag=1a",
    "sip:anonymous@x.invalid;user=phone",
    "sip:+4930123456@x;user=phone",
    "anonymous;phone-context=+49",
    '"Anonymous"',
    "'unknown' ",
    "null",
    "None",
    "nan",
    "n/a",
    "-",
    "+",
    "+ ",
    "+0",
    "0000",
    "+00 ",
    "+01",
    "Anonymous Caller",
    "unknown  caller",
    "keine Rufnummer",
    "unterdrückt nummer",
    "Hidden Number",
    "number",
)
# Python and the server may know different editions of Unicode. Syllables in pieces count as one character here only.
_OLD = unicodedata.ucd_3_2_0
_STABLE = [
    sign
    for sign in map(chr, range(1, 0x20000))
    if _OLD.category(sign) == unicodedata.category(sign) not in {"Cn", "Co", "Cs"}
    and not "\u1100" <= sign <= "\u11ff"
    and sign not in "\u0130\u180e"
]


def names(rng: random.Random, count: int) -> list[str]:
    """Texts of at most 255 characters."""
    return [_name(rng)[:255] for _ in range(count)]


_GERMAN = (
    *(
        "Müller",
        "Mueller",
        "MÜLLER",
        "Groß",
        "GROSS",
        "Weiß",
        "Schäfer",
        "Schaefer",
        "Öz",
        "Über",
        "Jörg",
        "Anna",
        "von",
    ),
    *("zu", "der", "Lüdenscheidt", "Meier-Schulze", "Hans\u2010Peter", "K.", "Graf", "Medi", "Ingo", "Drews", "Marion"),
    *(
        "Dipl.-Ing.",
        "Dr.",
        "dr",
        "Dr. med.",
        "Prof. Dr.",
        "Herr",
        "Herrn",
        "Frau",
        "FRÄULEIN",
        "Frau Dr.",
        "mag.",
        "Dr.Groß",
    ),
)
_GAPS = (" ", " ", "  ", "\u00a0", "-", " - ", "\t", "\u200f", ". ")


def german_names(rng: random.Random, count: int) -> list[str]:
    """Spellings of names: titles, particles, double names, umlauts in one character or two."""
    made = (
        "".join(w for _ in range(rng.randint(1, 5)) for w in (rng.choice(_GERMAN), rng.choice(_GAPS)))
        for _ in range(count)
    )
    edged = (rng.choice(("", "", " ", "Unbekannt: ")) + text + rng.choice(("", ".", " !", " ")) for text in made)
    return [rng.choice((str, str, str.upper, str.lower, _decomposed))(text)[:255] for text in edged]


def numbers(rng: random.Random, count: int) -> list[str]:
    """Numbers in many spellings, withheld ones, and nonsense."""
    return [
        rng.choice(_WITHHELD) if rng.random() < 0.2 else "".join(rng.choices(_NUMBERS, k=rng.randint(1, 6)))
        for _ in range(count)
    ]


def _name(rng: random.Random) -> str:
    if rng.random() < 0.2:
        return "".join(rng.choices(_STABLE, k=rng.randint(0, 8)))
    length = rng.choice((1, 1, 2, 2, 3, 4, 6, 12))
    text = "".join(word for _ in range(length) for word in (rng.choice(_JOINTS), rng.choice(_WORDS)))
    text = rng.choice(_EDGES) + text.strip(" ") + rng.choice(_EDGES)
    if rng.random() < 0.15:
        text = rng.choice(("Unbekannt: ", "unbekannt:", "UNBEKANNT: Unbekannt: ")) + text
    return rng.choice((str, str, str, str.upper, str.lower, str.title, _decomposed))(text)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)
