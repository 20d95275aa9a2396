"""What people of the bad morning are called and say. All of it is invented; numbers are reserved for fiction."""

FIRST_NAMES = (
    "Annegret", "Birgit", "Carsten", "Dagmar", "Dörte", "Elif", "Frieda", "Gerd", "Günter", "Hanna", "Ingo", "Jürgen",
    "Katja", "Lars", "Margarete", "Mehmet", "Nadine", "Olaf", "Petra", "Rüdiger", "Sabine", "Thorsten", "Ulrike",
    "Volker",
)  # fmt: skip
LAST_NAMES = (
    "Ahrens", "Bäcker", "Claßen", "Dreyer", "Engel", "Förster", "Großmann", "Höfer", "Ibrahim", "Jansen", "König",
    "Lüders", "Möller", "Nowak", "Özdemir", "Pfeiffer", "Quandt", "Rösler", "Schäfer", "Thießen", "Ulrich", "Vogt",
    "Weiß", "Zöllner",
)  # fmt: skip
# Taken for names by the speech recognition: what callers say after "ich bin" and "ja".
FRAGMENTS = ("guten Tag",) * 7 + ("mir nicht",) * 3 + ("gleich fertig",)

COMPANIES = (
    ("Salon Lockenwerk", ("Haarschnitt", "Färben", "Waschen und Föhnen")),
    ("Friseur am Markt", ("Herrenschnitt", "Damenschnitt", "Strähnen")),
    ("Beratung Nordlicht", ("Erstgespräch", "Steuerberatung", "Folgetermin")),
)
BRANCHES = (("Mitte", "Nord"), ("Markt",), ("Hafen",))
STAFF = (
    "Cornelia Brandt", "Denis Fuchs", "Gesine Kramer", "Henrik Lorenz", "Inken Peters", "Jannis Roth",
    "Kerstin Simon", "Levke Timm",
)  # fmt: skip
DURATIONS = (30, 60, 45)
PRICES = ("29.00", "75.00", "49.00")


def booked(name: str, service: str, when: str) -> str:
    """Transcript of a call that books."""
    return (
        "Agent: Guten Tag, was kann ich für Sie tun?\n"
        f"User: Guten Tag, hier ist {name}. Ich hätte gern einen Termin: {service}.\n"
        f"Agent: Am {when} ist noch etwas frei. Passt das?\nUser: Ja, das passt gut. Danke!"
    )


def asked(name: str) -> str:
    """Transcript of a call that only asks."""
    return (
        "Agent: Guten Tag, was kann ich für Sie tun?\n"
        f"User: {f'{name} hier, wie' if name else 'Wie'} lange haben Sie heute geöffnet?\n"
        "Agent: Bis 18 Uhr. Möchten Sie einen Termin?\nUser: Nein, danke."
    )


def hung_up(said: str | None) -> str:
    """Transcript of a call that ends at once; what was said first was sometimes taken for a name."""
    return f"Agent: Guten Tag, was kann ich für Sie tun?\nUser: Ja, {said or 'einen Moment'} ..."


SUMMARY_BOOKED = "Der Anrufer hat einen Termin vereinbart; die Buchung wurde bestätigt."
SUMMARY_UNSURE = "Der Anrufer wollte einen Termin; die Verbindung brach vor der Bestätigung ab."
SUMMARY_ASKED = "Der Anrufer fragte nach den Öffnungszeiten."
SUMMARY_CANCELLED = "Der Anrufer hat seinen Termin abgesagt."
SUMMARY_MOVED = "Der Anrufer hat seinen Termin verschoben."
