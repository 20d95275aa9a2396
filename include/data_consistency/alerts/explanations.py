"""What a failed task means: cause and remedy by the class of its error; the text of an error may quote data."""

from collections.abc import Mapping
from dataclasses import dataclass

from data_consistency.alerts.blocks import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Of one class of errors."""

    cause: Words
    remedy: Words
    problem: Words | None = None  # None: that a task failed, and the name of its error
    everywhere: bool = False  # one cause for all DAGs of a database: told once, however many tasks meet it


def _of(
    en: tuple[str, str], de: tuple[str, str], *, everywhere: bool = False, problem: Words | None = None
) -> Explanation:
    return Explanation(
        cause=Words(en=en[0], de=de[0]), remedy=Words(en=en[1], de=de[1]), everywhere=everywhere, problem=problem
    )


_KNOWN: Mapping[str, Explanation] = {
    "DatabaseUnavailable": _of(
        ("the database did not answer, though it was asked three times.",
         "bring the database back; the next run catches up from its watermark by itself."),
        ("Die Datenbank hat trotz dreier Versuche nicht geantwortet.",
         "Die Datenbank wieder erreichbar machen; der nächste Lauf holt von selbst auf."),
        everywhere=True,
        problem=Words(
            en="the database does not answer: nothing is checked",
            de="Die Datenbank antwortet nicht: es wird nichts geprüft",
        ),
    ),
    "OutcomeUnknown": _of(
        ("the connection broke while the database committed; the change may have been made or not.",
         "nothing, if the next run is green; else bring the database back."),
        ("Die Verbindung brach beim Abschluss einer Änderung; ob sie galt, ist unbekannt.",
         "Nichts, wenn der nächste Lauf grün ist; sonst die Datenbank wieder erreichbar machen."),
    ),
    "DatabaseRefused": _of(
        ("the database answered and said no: a right, an account, a setting or space is missing.",
         "read the last line of the task's log, which names it, and mend that."),
        ("Die Datenbank hat geantwortet und abgelehnt: ein Recht, ein Konto, eine Einstellung oder Platz fehlt.",
         "Die letzte Zeile im Protokoll der Aufgabe nennt es; das beheben."),
        everywhere=True,
    ),
    "CheckNotEvaluated": _of(
        ("a rule could not be judged, often because a column it reads is gone.",
         "mend the column, the facts file or the rule; the task's log names it. Findings stay as they were."),
        ("Eine Regel konnte nicht beurteilt werden, oft weil eine Spalte fehlt, die sie liest.",
         "Spalte, Faktendatei oder Regel in Ordnung bringen; das Protokoll nennt sie. Befunde bleiben, wie sie waren."),
        problem=Words(en="a check could not be evaluated", de="Eine Prüfung konnte nicht ausgewertet werden"),
    ),
    "InvalidRule": _of(
        ("a suite, facts or correction file is wrong.",
         "the task's log names file, rule and field; mend the file."),
        ("Eine Datei mit Regeln, Fakten oder Korrekturen ist fehlerhaft.",
         "Das Protokoll nennt Datei, Regel und Feld; die Datei in Ordnung bringen."),
        everywhere=True,
        problem=Words(
            en="a file of rules is wrong: nothing is checked",
            de="Eine Regeldatei ist fehlerhaft: es wird nichts geprüft",
        ),
    ),
    "SchemaNotReady": _of(
        ("a table, column or trigger of ours is missing, or the source has changed.",
         "trigger the DAG consistency_schema with action migrate, or run `consistency migrate`."),
        ("Eine unserer Tabellen, Spalten oder ein Trigger fehlt, oder die Quelle hat sich geändert.",
         "Den DAG consistency_schema mit der Aktion migrate starten oder `consistency migrate` aufrufen."),
        everywhere=True,
    ),
    "UnmarkedSchema": _of(
        ("the connection leads to a schema that is not ours; nothing was written to it.",
         "correct the connection of this database."),
        ("Die Verbindung führt in ein Schema, das nicht unseres ist; es wurde nichts geschrieben.",
         "Die Verbindung dieser Datenbank richtigstellen."),
        everywhere=True,
    ),
    "ConfigurationError": _of(
        ("a setting or a connection is missing or wrong.",
         "the task's log names it; set it right and clear the task."),
        ("Eine Einstellung oder Verbindung fehlt oder ist falsch.",
         "Das Protokoll nennt sie; richtigstellen und die Aufgabe wiederholen."),
        everywhere=True,
    ),
    "MissingExtra": _of(
        ("a part of the package was not installed with it.", "install the extra that the task's log names."),
        ("Ein Teil des Pakets wurde nicht mit installiert.",
         "Das Extra installieren, das das Protokoll nennt."),
        everywhere=True,
    ),
    "InvalidMapping": _of(
        ("a mapping is wrong, or does not fit the source.", "the task's log names file and place; mend the file."),
        ("Eine Zuordnung ist fehlerhaft oder passt nicht zur Quelle.",
         "Das Protokoll nennt Datei und Stelle; die Datei in Ordnung bringen."),
        everywhere=True,
    ),
    "CorrectionFailed": _of(
        ("the database refused a correction; nothing of its batch was changed.",
         "read the task's log; `consistency plan` shows what is wanted. The rows stay findings."),
        ("Die Datenbank hat eine Korrektur abgelehnt; von ihrem Stapel wurde nichts geändert.",
         "Das Protokoll lesen; `consistency plan` zeigt, was geplant ist. Die Zeilen bleiben Befunde."),
    ),
    "DeliveryFailed": _of(
        ("a message could not be handed to its channel; it is kept and tried again, without end.",
         "mend the mail server or webhook; `consistency alert mails` lists what waits and why."),
        ("Eine Nachricht wurde von ihrem Kanal nicht angenommen; sie bleibt und wird ohne Ende wiederholt.",
         "Mailserver oder Webhook in Ordnung bringen; `consistency alert mails` zeigt, was wartet und warum."),
        problem=Words(en="messages cannot be delivered", de="Nachrichten können nicht zugestellt werden"),
    ),
    "GateClosed": _of(
        ("a switch, a mode, a cap or an open incident says that no row may be changed now; nothing was changed.",
         "nothing, if that is meant; `consistency doctor` and `consistency incident list` say what holds."),
        ("Schalter, Modus, Obergrenze oder offener Vorfall verbieten Änderungen; es blieb alles, wie es war.",
         "Nichts, wenn es so gewollt ist; `consistency doctor` und `consistency incident list` sagen, was gilt."),
    ),
    "NotStored": _of(
        ("a file could not be written.", "free space or permit the folder that the task's log names."),
        ("Eine Datei konnte nicht geschrieben werden.",
         "Platz schaffen oder den Ordner freigeben, den das Protokoll nennt."),
    ),
    "Unforeseen": _of(
        ("something happened that nobody foresaw.", "the task's log names the place; clear the task, then report it."),
        ("Es ist etwas geschehen, das niemand vorhergesehen hat.",
         "Das Protokoll nennt die Stelle; die Aufgabe wiederholen und es melden."),
    ),
    "WrongUse": _of(
        ("the run was asked for something that does not exist.", "correct the parameters; the task's log names them."),
        ("Der Lauf wurde um etwas gebeten, das es nicht gibt.",
         "Die Parameter richtigstellen; das Protokoll nennt sie."),
    ),
    "CircuitOpen": _of(
        ("a service fails and is not asked for a while.",
         "nothing: it is asked again by itself; look at the service if it lasts."),
        ("Ein Dienst ist gestört und wird eine Weile nicht gefragt.",
         "Nichts: er wird von selbst wieder gefragt; hält es an, nach dem Dienst sehen."),
    ),
    "CallTimedOut": _of(
        ("a service did not answer in its time.", "nothing, if the next run is green; else look at the service."),
        ("Ein Dienst hat nicht rechtzeitig geantwortet.",
         "Nichts, wenn der nächste Lauf grün ist; sonst nach dem Dienst sehen."),
    ),
    "timed_out": _of(
        ("the run took longer than it may and was stopped.",
         "look for what is slow: `consistency doctor`, the load of the database, then the logs of the run."),
        ("Der Lauf dauerte länger als erlaubt und wurde beendet.",
         "Suchen, was langsam ist: `consistency doctor`, die Last der Datenbank, dann die Protokolle des Laufs."),
        problem=Words(
            en="a run was stopped because it took too long", de="Ein Lauf wurde beendet, weil er zu lange dauerte"
        ),
    ),
    "all_tasks_deadlocked": _of(
        ("no task of the run could go on.", "clear the run in Airflow; look at its pool if it happens again."),
        ("Keine Aufgabe des Laufs konnte weitergehen.",
         "Den Lauf in Airflow wiederholen; geschieht es wieder, nach dem Pool sehen."),
        problem=Words(en="a run is stuck", de="Ein Lauf steckt fest"),
    ),
    "checks_did_not_run": _of(
        ("a check was due and has not ended in time: no worker, no free place in the pool, or a scheduler that stands.",
         "look at Airflow's health page, the workers and the pool; outside it, `consistency doctor` says what is old."),
        ("Eine Prüfung war fällig und endete nicht rechtzeitig: es fehlt Worker, Platz im Pool oder Scheduler.",
         "Nach Zustand, Workern und Pool von Airflow sehen; außerhalb sagt `consistency doctor`, was alt ist."),
        problem=Words(en="checks did not run", de="Prüfungen liefen nicht"),
    ),
    "AirflowTaskTimeout": _of(
        ("the task took longer than it may and was stopped.",
         "look at the load of the database; run the first check of a large table by hand: `consistency check --full`."),
        ("Die Aufgabe dauerte länger als erlaubt und wurde beendet.",
         "Nach der Last der Datenbank sehen; große Tabellen zuerst von Hand prüfen: `consistency check --full`."),
    ),
}  # fmt: skip
_UNKNOWN = _of(
    ("an error that we do not know.", "read the task's log, mend the cause, clear the task."),
    ("Ein Fehler, den wir nicht kennen.",
     "Das Protokoll der Aufgabe lesen, die Ursache beheben, die Aufgabe wiederholen."),
)  # fmt: skip


def of(error_class: str) -> Explanation:
    """The explanation of a class of errors, by its bare name."""
    return _KNOWN.get(error_class.rpartition(".")[2], _UNKNOWN)


def known() -> frozenset[str]:
    """The classes that are explained."""
    return frozenset(_KNOWN)
