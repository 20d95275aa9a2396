"""Sentences: a message as its reader hears it, in parts that every format lays out in its own way."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from data_consistency.alerts import explanations, words
from data_consistency.alerts.blocks import Counts, DailyReport, Message, Reader, Step, Trouble, Verb, What
from data_consistency.alerts.safety import one_line, page
from data_consistency.rules import Severity

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}
_INCIDENTS = frozenset({"cap_exceeded", "not_evaluated", "drift", "run_died"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place where the reader goes on; `url` is http or https."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What can be typed, and what it does."""

    text: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One alert."""

    heading: str
    severity: Severity
    over: bool = False
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    rows_label: str = ""
    rows: tuple[tuple[str, str | None], ...] = ()  # an id and where it is shown
    rows_more: str = ""
    links: tuple[Link, ...] = ()
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A whole message, each part one printable line."""

    language: str
    subject: str
    status: str  # New, Resolved, ...
    severity: Severity
    over: bool
    lead: str  # the first sentence, which lists of mails show
    sections: tuple[Section, ...] = ()
    commands: tuple[Command, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    footer: str = field(default="")


def speak(message: Message, reader: Reader) -> Speech:
    """The sentences of a message."""
    return Speech(
        language=reader.language,
        subject=one_line(message.subject or subject_of(message, reader)),
        status=words.say(reader, message.what),
        severity=message.severity,
        over=message.what is What.RESOLVED,
        lead=_lead(message, reader),
        sections=_sections(message, reader),
        commands=tuple(_commands(message, reader)),
        facts=tuple(_facts(message, reader)),
        footer=words.say(reader, "sent_by"),
    )


def subject_of(message: Message, reader: Reader) -> str:
    """The subject of the thread that a message begins: the worst problem, and how many more there are."""
    level = words.say(reader, message.severity)
    source = f" ({message.source})" if message.source else ""
    if message.what is What.DIGEST:
        day = words.time(reader, message.at).split(",")[0]
        return one_line(f"[{level}] {words.say(reader, 'digest')}, {day}{source}")
    if message.report is not None:
        said = words.say(reader, "report_of", day=words.day(reader, message.report.day))
        return one_line(f"{said}: {_lead_of_report(message.report, reader).rstrip('.')}{source}")
    if not message.troubles:
        return one_line(f"[{level}] {words.say(reader, message.what)}{source}")
    first, rest = worst_first(message.troubles)[0], len(message.troubles) - 1
    more = f", {words.say(reader, 'and_more', count=rest)}" if rest else ""
    return one_line(f"[{level}] {_problem(first, reader)}{more}{source}")


def worst_first(troubles: tuple[Trouble, ...]) -> list[Trouble]:
    """What makes the watch blind stands before wrong rows of the same severity, many rows before few."""
    return sorted(troubles, key=_badness)


def _badness(trouble: Trouble) -> tuple[int, int, int, str]:
    rows = trouble.counts.open if trouble.counts else 0
    is_blind = trouble.kind in {"failure", "silence"} or trouble.incident == "not_evaluated"
    rank = 0 if is_blind else 1 if trouble.kind == "findings" else 2
    return _ORDER[trouble.severity], rank, -rows, trouble.rule


def _lead(message: Message, reader: Reader) -> str:
    since = message.since or min((one.opened_at for one in message.troubles if one.opened_at), default=message.at)
    until = max((one.closed_at for one in message.troubles if one.closed_at), default=message.at)
    returns = max((one.returns for one in message.troubles), default=0)
    phrase = f"lead_{'returned' if message.what is What.OPENED and returns else message.what}"
    if message.what is What.NOTE:
        return one_line(message.lines[0] if message.lines else "", None)
    if message.report is not None:
        return _lead_of_report(message.report, reader)
    return one_line(
        words.say(
            reader,
            phrase,
            at=words.time(reader, since),
            minutes=message.minutes or 0,
            times=words.ordinal(reader, returns + 1),
            took=words.duration(reader, until - since),
        ),
        None,
    )


def _sections(message: Message, reader: Reader) -> tuple[Section, ...]:
    if message.what is What.NOTE:
        rest = tuple(one_line(line, None) for line in message.lines[1:])
        return (Section(heading=words.say(reader, "note"), severity=message.severity, lines=rest),) if rest else ()
    if message.report is not None:
        return (_of_report(message.report, message.severity, reader),)
    if message.what is What.DIGEST:
        return tuple(_short(one, reader) for one in worst_first(message.troubles))
    return tuple(_section(one, message, reader) for one in worst_first(message.troubles))


def _section(trouble: Trouble, message: Message, reader: Reader) -> Section:
    counts = trouble.counts
    hidden = (counts.open if counts else 0) - len(trouble.ids)
    return Section(
        heading=one_line(words.capital(_problem(trouble, reader)), None),
        severity=trouble.severity,
        over=trouble.over,
        lines=tuple(one_line(line, None) for line in _told(trouble, reader)),
        facts=tuple((label, one_line(value, None)) for label, value in _about(trouble, reader)),
        rows_label=words.capital(words.entities(reader, trouble.entity, 2)) if trouble.ids else "",
        rows=tuple((str(row.id), page(row.url)) for row in trouble.ids),
        rows_more=words.say(reader, "more", count=words.number(reader, hidden)) if trouble.ids and hidden > 0 else "",
        links=tuple(_links(trouble, reader)),
        commands=tuple(_steps(trouble, message, reader)),
    )


def _lead_of_report(report: DailyReport, reader: Reader) -> str:
    numbers = {"found": report.found, "corrected": report.corrected, "need_you": report.need_you}
    return words.say(reader, "lead_report", **{key: words.number(reader, n) for key, n in numbers.items()})


def _of_report(report: DailyReport, severity: Severity, reader: Reader) -> Section:
    facts = [
        *([("report_rate", words.share(reader, report.rate))] if report.rate is not None else []),
        ("report_critical", words.number(reader, report.critical)),
        ("report_silent", words.number(reader, report.silent)),
    ]
    url = page(report.url)
    return Section(
        heading=words.say(reader, "report_of", day=words.day(reader, report.day)),
        severity=severity,
        facts=tuple((words.say(reader, label), value) for label, value in facts),
        links=(Link(text=words.say(reader, "report_page"), url=url),) if url else (),
    )


def _short(trouble: Trouble, reader: Reader) -> Section:
    counts = trouble.counts or Counts(open=0)
    if trouble.severity is Severity.CRITICAL:
        rows = words.rows(reader, counts.open, trouble.entity)
        since = "" if trouble.opened_at is None else words.time(reader, trouble.opened_at)
        line = words.say(reader, "digest_open" if counts.open else "digest_fails", rows=rows, at=since)
    else:
        ongoing = max(0, counts.open - counts.new)
        numbers = {"new": counts.new, "ongoing": ongoing, "fixed": counts.fixed}
        line = words.say(reader, "digest_line", **{key: words.number(reader, n) for key, n in numbers.items()})
    return Section(
        heading=one_line(words.capital(_problem(trouble, reader)), None),
        severity=trouble.severity,
        over=counts.open == 0,
        lines=(one_line(line, None),),
        facts=tuple((label, one_line(value, None)) for label, value in _rule(trouble, reader)),
        links=tuple(_links(trouble, reader)),
    )


def _problem(trouble: Trouble, reader: Reader) -> str:
    if trouble.kind in {"failure", "silence"}:
        explained = explanations.of(trouble.error)
        return words.choose(reader, explained.problem) if explained.problem else _failed(trouble, reader)
    if trouble.kind == "incident":
        said = words.say(reader, trouble.incident if trouble.incident in _INCIDENTS else "incident")
        return said if trouble.incident == "drift" else f"{said}: {trouble.rule or trouble.description}"
    if trouble.problem is not None:
        return words.choose(reader, trouble.problem)
    # Read alone, a description sounds like good news.
    rows = words.rows(reader, max(1, trouble.counts.open if trouble.counts else 1), trouble.entity)
    return words.say(reader, "not_so", rows=rows, description=trouble.description)


def _failed(trouble: Trouble, reader: Reader) -> str:
    return words.say(reader, "failed", error=trouble.error)


def _told(trouble: Trouble, reader: Reader) -> Iterator[str]:
    """How it stands, whom it concerns, what it comes from, what to do."""
    if trouble.kind in {"failure", "silence"}:
        yield from _of_failure(trouble, reader)
    elif trouble.kind == "incident":
        yield from _of_incident(trouble, reader)
    elif trouble.counts is not None:
        yield from _of_rows(trouble, trouble.counts, reader)
    if trouble.over and trouble.opened_at and trouble.closed_at:
        yield words.say(reader, "took", took=words.duration(reader, trouble.closed_at - trouble.opened_at))
    elif trouble.hint:
        yield f"{words.say(reader, 'to_do')}: {trouble.hint}"


def _of_rows(trouble: Trouble, counts: Counts, reader: Reader) -> Iterator[str]:
    rows = words.rows(reader, counts.open, trouble.entity)
    if counts.open == 0:
        yield words.say(reader, "rows_none")
    elif counts.new >= counts.open:
        yield words.say(reader, "rows_one" if counts.open == 1 else "rows_new", rows=rows)
    else:
        numbers = {"new": counts.new, "ongoing": counts.open - counts.new}
        yield words.say(reader, "rows_some", rows=rows, **{key: words.number(reader, n) for key, n in numbers.items()})
    if counts.told is not None and counts.open:
        yield words.say(reader, "rows_told", told=words.number(reader, counts.told))
    if counts.open:
        yield from _impact(trouble, counts, reader)
    if trouble.cause is not None:
        yield _cause(trouble, reader)
    if counts.fixed:
        phrase = "fixed_corrected" if counts.corrected else "fixed"
        numbers = {"fixed": counts.fixed, "corrected": counts.corrected}
        yield words.say(reader, phrase, **{key: words.number(reader, n) for key, n in numbers.items()})
    if trouble.returns and not trouble.over:
        yield words.say(reader, "returned", times=words.ordinal(reader, trouble.returns + 1))


def _impact(trouble: Trouble, counts: Counts, reader: Reader) -> Iterator[str]:
    if counts.companies and trouble.entity != "company":
        phrase = "companies_one" if counts.companies == 1 else "companies_many"
        companies = words.say(reader, phrase, count=words.number(reader, counts.companies))
        yield words.say(reader, "impact_companies", companies=companies)
    if counts.checked and counts.open <= counts.checked:
        part = words.share(reader, counts.open / counts.checked)
        yield words.say(reader, "impact_share", share=part, entities=words.entities(reader, trouble.entity, 2))


def _cause(trouble: Trouble, reader: Reader) -> str:
    cause = trouble.cause
    assert cause is not None
    value = cause.value
    if cause.attribute == "hour":
        value = words.time(reader, datetime.fromisoformat(cause.value))
    return words.say(
        reader,
        "cause",
        attribute=words.say(reader, cause.attribute),
        value=value,
        ratio=words.share(reader, cause.ratio),
        others=words.share(reader, cause.others),
    )


def _of_incident(trouble: Trouble, reader: Reader) -> Iterator[str]:
    if trouble.over:
        return
    found = trouble.counts.open if trouble.counts else 0
    if trouble.incident == "cap_exceeded":
        numbers = {"found": found, "cap": trouble.cap or 0}
        yield words.say(reader, "cap_exceeded_line", **{key: words.number(reader, n) for key, n in numbers.items()})
    elif trouble.incident in _INCIDENTS:
        yield words.say(reader, f"{trouble.incident}_line")
    else:
        yield words.say(reader, "incident_line", kind=trouble.incident)


def _of_failure(trouble: Trouble, reader: Reader) -> Iterator[str]:
    if trouble.over:
        yield words.say(reader, "failed_over")
        return
    explained = explanations.of(trouble.error)
    yield words.say(reader, "failed_cause", cause=words.choose(reader, explained.cause))
    yield words.say(reader, "failed_remedy", remedy=words.choose(reader, explained.remedy))
    if trouble.places:
        yield words.say(reader, "failed_places", places=", ".join(trouble.places))


def _about(trouble: Trouble, reader: Reader) -> Iterator[tuple[str, str]]:
    yield from _rule(trouble, reader)
    if trouble.company is not None:
        yield words.capital(words.say(reader, "company")), str(trouble.company)
    if trouble.opened_at is not None:
        yield words.say(reader, "since"), words.time(reader, trouble.opened_at)
    if trouble.alert:
        yield words.say(reader, "alert"), str(trouble.alert)


def _rule(trouble: Trouble, reader: Reader) -> Iterator[tuple[str, str]]:
    if trouble.rule:
        yield words.say(reader, "rule"), f"{trouble.catalogue} {trouble.rule}".strip()


def _links(trouble: Trouble, reader: Reader) -> Iterator[Link]:
    for step in trouble.steps:
        if url := page(step.url):
            yield Link(text=_label(step, reader), url=url)
    if url := page(trouble.runbook):
        yield Link(text=one_line(words.say(reader, "runbook", about=trouble.rule), None), url=url)


def _label(step: Step, reader: Reader) -> str:
    return one_line(words.say(reader, "run_page" if step.verb is Verb.RUN else step.verb, about=step.about), None)


def _steps(trouble: Trouble, message: Message, reader: Reader) -> Iterator[Command]:
    commands = {
        Verb.LOOK: f"alert show {trouble.alert}",
        Verb.REVIEW: "queue list",
        Verb.PLAN: "plan",
        Verb.DOCTOR: "doctor",
    }
    for step in trouble.steps:
        if step.verb in commands:
            yield Command(text=_label(step, reader), command=_typed(message, commands[step.verb]))
        elif step.verb is Verb.DECIDE:
            yield Command(text=_label(step, reader), command=_typed(message, f"incident show {step.about}"))


def _commands(message: Message, reader: Reader) -> Iterator[Command]:
    """How to answer the message as a whole."""
    ids = " ".join(map(str, sorted(one.alert for one in message.troubles if one.alert)))
    if not ids or message.what in {What.RESOLVED, What.DIGEST}:
        return
    yield Command(text=words.say(reader, "ack"), command=_typed(message, f"alert ack {ids}"))
    yield Command(text=words.say(reader, "snooze"), command=_typed(message, f"alert snooze {ids} --hours 4"))
    rules = sorted({one.rule for one in message.troubles if one.rule})
    if len(rules) == 1:
        # A name that a suite would refuse may still stand in the ledger, and people paste what they read.
        mute = f"alert mute --rule {shlex.quote(one_line(rules[0], None))} --hours 24 --reason TEXT"
        yield Command(text=words.say(reader, "mute"), command=_typed(message, mute))


def _typed(message: Message, rest: str) -> str:
    source = f"--source {message.source} " if message.source else ""
    return one_line(f"consistency {source}{rest}", None)


def _facts(message: Message, reader: Reader) -> Iterator[tuple[str, str]]:
    if message.source:
        yield words.say(reader, "source"), one_line(message.source, None)
    if message.run:
        yield words.say(reader, "run"), one_line(message.run, None)
