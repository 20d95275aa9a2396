"""Every phrase that people are told, in both languages; a test holds that both know the same places."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from data_consistency.alerts.blocks import Reader, Words

_PHRASES: Mapping[str, tuple[str, str]] = {
    # state of an alert
    "opened": ("New", "Neu"),
    "worsened": ("Worse", "Schlimmer"),
    "escalated": ("No answer", "Keine Antwort"),
    "reminded": ("Still so", "Weiterhin"),
    "resolved": ("Resolved", "Erledigt"),
    "digest": ("Digest", "Überblick"),
    "report": ("Daily report", "Tagesbericht"),
    "note": ("Note", "Hinweis"),
    "critical": ("critical", "kritisch"),
    "warning": ("warning", "Warnung"),
    "info": ("info", "Info"),
    # leads
    "lead_opened": ("Since {at}.", "Seit {at}."),
    "lead_returned": (
        "It is back since {at}, for the {times} time within a day.",
        "Seit {at} wieder da, zum {times} Mal an einem Tag.",
    ),
    "lead_worsened": ("It has grown since people last knew.", "Es ist gewachsen, seit zuletzt jemand davon wusste."),
    "lead_escalated": (
        "Nobody has acknowledged this for {minutes} minutes.",
        "Seit {minutes} Minuten hat das niemand bestätigt.",
    ),
    "lead_reminded": ("The snooze is over, and it lasts.", "Die Ruhezeit ist vorbei, und es dauert an."),
    "lead_resolved": ("All of it is over, after {took}.", "Alles davon ist vorbei, nach {took}."),
    "lead_digest": (
        "What is new or put right since {at}, and what waits for an answer.",
        "Was seit {at} neu oder behoben ist und was auf Antwort wartet.",
    ),
    "lead_report": (
        "{found} found, {corrected} corrected, {need_you} need somebody.",
        "{found} gefunden, {corrected} korrigiert, {need_you} brauchen jemanden.",
    ),
    # a daily report
    "report_of": ("Daily report of {day}", "Tagesbericht vom {day}"),
    "report_rate": ("Consistent now", "Jetzt konsistent"),
    "report_critical": ("Critical and open", "Kritisch und offen"),
    "report_silent": ("Rules not evaluated", "Nicht ausgewertete Regeln"),
    "report_page": ("Read the report", "Bericht lesen"),
    # what is wrong, and how much of it
    "not_so": ("Not true of {rows}: {description}", "Trifft auf {rows} nicht zu: {description}"),
    "rows_one": ("{rows}, new.", "{rows}, neu."),
    "rows_new": ("{rows}, all new.", "{rows}, alle neu."),
    "rows_some": ("{rows}: {new} new, {ongoing} ongoing.", "{rows}: {new} neu, {ongoing} weiterhin."),
    "rows_none": ("None is wrong any more.", "Nichts davon ist noch falsch."),
    "rows_told": ("When people last knew it was {told}.", "Als zuletzt jemand davon wusste, waren es {told}."),
    "fixed": ("Put right since it began: {fixed}.", "Seit Beginn behoben: {fixed}."),
    "fixed_corrected": (
        "Put right since it began: {fixed}, of those {corrected} by corrections.",
        "Seit Beginn behoben: {fixed}, davon {corrected} durch Korrekturen.",
    ),
    "impact_companies": ("Concerned: {companies}.", "Betroffen: {companies}."),
    "impact_share": ("That is {share} of all {entities}.", "Das sind {share} aller {entities}."),
    "companies_one": ("one company", "eine Firma"),
    "companies_many": ("{count} companies", "{count} Firmen"),
    "cause": (
        "Probably: {attribute} {value}, in {ratio} of these and {others} of the others.",
        "Vermutlich: {attribute} {value}, bei {ratio} davon und {others} der anderen.",
    ),
    "returned": ("It is back: the {times} time within a day.", "Es ist wieder da: zum {times} Mal an einem Tag."),
    "took": ("It lasted {took}.", "Es dauerte {took}."),
    # incidents
    "cap_exceeded": ("corrections are stopped by their limit", "Korrekturen sind durch ihre Grenze angehalten"),
    "cap_exceeded_line": (
        "{found} rows want a correction, {cap} are allowed at once. Nothing is corrected until somebody decides.",
        "{found} Zeilen wollen eine Korrektur, {cap} sind auf einmal erlaubt. Bis zur Entscheidung geschieht nichts.",
    ),
    "not_evaluated": ("a rule could not be evaluated", "Eine Regel konnte nicht ausgewertet werden"),
    "not_evaluated_line": (
        "Nobody knows whether rows break it. Its findings stay as they were.",
        "Niemand weiß, ob Zeilen sie verletzen. Ihre Befunde bleiben, wie sie waren.",
    ),
    "drift": (
        "tables or triggers of ours are not as they should be",
        "Unsere Tabellen oder Trigger sind nicht, wie sie sein sollen",
    ),
    "drift_line": (
        "Something is missing or was changed; `consistency doctor` names it, with its remedy.",
        "Etwas fehlt oder wurde geändert; `consistency doctor` nennt es samt Abhilfe.",
    ),
    "run_died": ("a run died", "Ein Lauf ist gestorben"),
    "run_died_line": (
        "It gave no sign of life for long and was ended. The next run repeats what it left undone.",
        "Er gab lange kein Lebenszeichen und wurde beendet. Der nächste Lauf holt nach, was er offen ließ.",
    ),
    "incident": ("an incident waits for a decision", "Ein Vorfall wartet auf eine Entscheidung"),
    "incident_line": ("Kind: {kind}.", "Art: {kind}."),
    # failures
    "failed": ("a task failed: {error}", "Eine Aufgabe ist gescheitert: {error}"),
    "failed_places": ("Failed: {places}.", "Gescheitert: {places}."),
    "failed_cause": ("Cause: {cause}", "Ursache: {cause}"),
    "failed_remedy": ("Remedy: {remedy}", "Abhilfe: {remedy}"),
    "failed_over": ("The tasks have worked again.", "Die Aufgaben haben wieder funktioniert."),
    # facts
    "rule": ("Rule", "Regel"),
    "alert": ("Alert", "Alarm"),
    "since": ("Since", "Seit"),
    "source": ("Database", "Datenbank"),
    "run": ("Run", "Lauf"),
    "more": ("and {count} more", "und {count} weitere"),
    "to_do": ("To do", "Zu tun"),
    "and_more": ("and {count} more", "und {count} weitere"),
    # what to do next
    "look": ("What is known of it", "Was darüber bekannt ist"),
    "review": ("Open questions", "Offene Fragen"),
    "plan": ("What would be corrected", "Was korrigiert würde"),
    "decide": ("Decide about incident {about}", "Über Vorfall {about} entscheiden"),
    "run_page": ("Checks in Airflow", "Prüfungen in Airflow"),
    "doctor": ("What else is amiss", "Was sonst nicht stimmt"),
    "log": ("Log of the task", "Protokoll der Aufgabe"),
    "runbook": ("About rule {about}", "Über die Regel {about}"),
    "ack": ("Acknowledge", "Bestätigen"),
    "snooze": ("Quiet for four hours", "Vier Stunden Ruhe"),
    "mute": ("Mute the rule for a day", "Regel einen Tag stummschalten"),
    # a digest
    "digest_line": (
        "{new} new, {ongoing} ongoing, {fixed} put right",
        "{new} neu, {ongoing} weiterhin, {fixed} behoben",
    ),
    "digest_open": (
        "{rows} since {at}; critical, and nobody has acknowledged it",
        "{rows} seit {at}; kritisch und von niemandem bestätigt",
    ),
    "digest_fails": (
        "Since {at}; critical, and nobody has acknowledged it",
        "Seit {at}; kritisch und von niemandem bestätigt",
    ),
    # names of attributes
    "company": ("company", "Firma"),
    "service": ("service", "Leistung"),
    "staff": ("staff", "Personal"),
    "branch": ("branch", "Filiale"),
    "agent": ("agent", "Agent"),
    "agent_version": ("agent version", "Agentenversion"),
    "number": ("number", "Nummer"),
    "origin": ("origin", "Herkunft"),
    "hour": ("the hour from", "die Stunde ab"),
    "breaker": ("open breaker", "offener Schutzschalter"),
    # small words
    "minutes": ("{count} min", "{count} Min"),
    "hours": ("{hours} h {minutes} min", "{hours} Std {minutes} Min"),
    "days": ("{days} d {hours} h", "{days} T {hours} Std"),
    "under_a_minute": ("less than a minute", "weniger als eine Minute"),
    "sent_by": (
        "Ids and counts only; names and numbers stay in the database.",
        "Nur Kennungen und Anzahlen; Namen und Nummern bleiben in der Datenbank.",
    ),
}
_ENTITIES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "call": (("call", "calls"), ("Anruf", "Anrufe")),
    "appointment": (("appointment", "appointments"), ("Termin", "Termine")),
    "customer": (("customer", "customers"), ("Kunde", "Kunden")),
    "company": (("company", "companies"), ("Firma", "Firmen")),
    "calcom_booking": (("calendar booking", "calendar bookings"), ("Kalenderbuchung", "Kalenderbuchungen")),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def say(reader: Reader, phrase: str, /, **values: object) -> str:
    """A phrase in the reader's language."""
    english, german = _PHRASES[phrase]
    return (german if reader.language == "de" else english).format(**values)


def choose(reader: Reader, words: Words) -> str:
    """What is kept in both languages."""
    return words.de if reader.language == "de" else words.en


def number(reader: Reader, value: int) -> str:
    """A number as people write it."""
    grouped = f"{value:,}"
    return grouped.replace(",", ".") if reader.language == "de" else grouped


def share(reader: Reader, ratio: float) -> str:
    """A share of 0 to 1 as percent; never 0 or 100 unless it is."""
    percent = 100 * ratio
    places = 0 if percent >= 10 or percent == 0 else 1
    text = f"{percent:.{places}f}"
    if percent < 100 and float(text) >= 100:
        text = f"{99.9:.1f}"
    if 0 < percent < 0.1:
        text = "< 0.1"
    return (text.replace(".", ",") if reader.language == "de" else text) + " %"


def entities(reader: Reader, entity: str, count: int) -> str:
    """The noun of rows, for a count."""
    english, german = _ENTITIES.get(entity, ((entity, entity), (entity, entity)))
    one, many = german if reader.language == "de" else english
    return one if count == 1 else many


def rows(reader: Reader, count: int, entity: str) -> str:
    """A count of rows with its noun."""
    return f"{number(reader, count)} {entities(reader, entity, count)}"


def ordinal(reader: Reader, value: int) -> str:
    """The second, the third: `2nd`, `2.`."""
    if reader.language == "de":
        return f"{value}."
    suffix = "th" if 10 <= value % 100 <= 20 else _ORDINALS.get(value % 10, "th")
    return f"{value}{suffix}"


def time(reader: Reader, moment: datetime) -> str:
    """A time of ours (UTC, naive) as the reader's clock shows it, with the name of its zone."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(reader.zone))
    if reader.language == "de":
        return f"{local:%d.%m.%Y, %H:%M} {local.tzname()}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M} {local.tzname()}"


def day(reader: Reader, iso: str) -> str:
    """A day as people write it."""
    found = date.fromisoformat(iso)
    return f"{found:%d.%m.%Y}" if reader.language == "de" else f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def duration(reader: Reader, took: timedelta) -> str:
    """How long something lasted, to the minute."""
    minutes = int(took.total_seconds()) // 60
    if minutes < 1:
        return say(reader, "under_a_minute")
    if minutes < 60:
        return say(reader, "minutes", count=minutes)
    if minutes < 24 * 60:
        return say(reader, "hours", hours=minutes // 60, minutes=minutes % 60)
    return say(reader, "days", days=minutes // 1440, hours=minutes % 1440 // 60)


def capital(text: str) -> str:
    """A phrase as the beginning of a line."""
    return text[:1].upper() + text[1:]
