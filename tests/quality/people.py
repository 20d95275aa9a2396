"""Invented people and numbers: none of them exists."""

from random import Random

_FIRST = (
    "Dörte",
    "Jürgen",
    "Ayşe",
    "Petra",
    "Gerd",
    "Ingrid",
    "Levke",
    "Hanne",
    "Ole",
    "Zoë",
    "Miloš",
    "Ana-Lena",
    "Uwe",
    "Silke",
)
_LAST = (
    *("König", "Möller", "Weiß", "von der Heide", "Groß", "O'Brien", "Öztürk", "van Dijk", "Meyer-Lüdke", "Beimer"),
    *("Vogt", "Rösler", "Kern", "de Vries", "Sommer", "Jansen", "Łukasik", "Şahin", "Engel", "zu Stolberg"),
)
FRAGMENTS = ("mir nicht", "guten Tag", "gleich fertig", "Ich hätte", "ja bitte", "hallo", "danke", "guten  Morgen")


def name(rng: Random) -> str:
    """A first and a last name."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def number(n: int) -> str:
    """A mobile number in full, one a person."""
    return f"+4915{n:09d}"
