"""Messages: what people are told, apart from how it looks and travels.

A message carries counts, rule ids, row ids and links; never a name, a number or a text of a customer.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from data_consistency.rules import Severity

IDS_SHOWN = 20
CHECK_DAG = "consistency_check"
_MAX_SUBJECT = 200
# Everything that could end a header line or hide text: control, format and line-separating characters.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place where the reader goes on; `url` is http or https."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell, once: messages with the same dedupe key are the same message."""

    kind: str  # findings, incident or failure
    severity: Severity
    subject: str
    lines: tuple[str, ...]
    links: tuple[Link, ...] = ()
    dedupe_key: str

    @property
    def fingerprint(self) -> str:
        """Short, stable name of the message, safe in headers and file names."""
        return hashlib.sha256(self.dedupe_key.encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """New findings of one rule."""

    rule: str
    severity: Severity
    description: str  # the rule's own sentence
    entity: str  # "call"
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """One incident that waits for a person."""

    id: int
    kind: str  # cap_exceeded, not_evaluated, ...
    rule: str
    table: str
    found: int
    cap: int | None  # None: no cap is involved


def findings_message(
    groups: Sequence[FindingGroup], *, run_id: str, at: datetime, base_url: str | None = None, dag_id: str = CHECK_DAG
) -> Message:
    """All new findings of a run in one message, the worst first: counts and ids per rule only.

    Args:
        groups: what was found, by rule.
        run_id: of the run that tells.
        at: UTC.
        base_url: where people reach Airflow; None: no link.
        dag_id: of the check that the link leads to.

    Raises:
        ValueError: there is nothing to tell.
    """
    if not groups:
        raise ValueError("no findings, no message")
    ordered = sorted(groups, key=lambda group: (_ORDER[group.severity], group.rule))
    total = sum(len(group.ids) for group in ordered)
    lines = [f"{_plural(total, 'new finding')} in {_plural(len(ordered), 'rule')} at {at:%Y-%m-%d %H:%M} UTC."]
    for group in ordered:
        lines.append(f"{group.severity.value}: {group.rule}: {len(group.ids)}. {group.description}")
        lines.append(f"{group.entity} ids: {_some(group.ids)}")
    return Message(
        kind="findings",
        severity=ordered[0].severity,
        subject=one_line(
            f"[{ordered[0].severity.value}] {_plural(total, 'new finding')} in {_plural(len(ordered), 'rule')}"
        ),
        lines=tuple(one_line(line, None) for line in lines),
        links=_links(base_url, ("Five-minute check in Airflow", f"dags/{dag_id}")),
        dedupe_key=f"findings:{run_id}",
    )


def incidents_message(
    incidents: Sequence[IncidentNote], *, base_url: str | None = None, dag_id: str = CHECK_DAG
) -> Message:
    """Incidents that wait for a decision, in one message; arguments as those of `findings_message`.

    Raises:
        ValueError: there is nothing to tell.
    """
    if not incidents:
        raise ValueError("no incidents, no message")
    lines = [f"{_plural(len(incidents), 'incident')} for a person. Nothing is corrected by these rules meanwhile."]
    for note in sorted(incidents, key=lambda note: note.id):
        cap = "" if note.cap is None else f", cap {note.cap}"
        lines.append(f"{note.id}: {note.kind} of {note.rule} on {note.table}: found {note.found}{cap}")
    ids = ",".join(str(note.id) for note in sorted(incidents, key=lambda note: note.id))
    return Message(
        kind="incident",
        severity=Severity.CRITICAL,
        subject=one_line(f"[critical] {_plural(len(incidents), 'incident')} to decide"),
        lines=tuple(one_line(line, None) for line in lines),
        links=_links(base_url, ("Five-minute check in Airflow", f"dags/{dag_id}")),
        dedupe_key=f"incidents:{hashlib.sha256(ids.encode()).hexdigest()}",
    )


def failure_message(
    *, dag_id: str, task_id: str, run_id: str, error_class: str, try_number: int, log_url: str | None
) -> Message:
    """A task that failed for good: where, and the class of the error; its text may quote data and stays in the log."""
    return Message(
        kind="failure",
        severity=Severity.CRITICAL,
        subject=one_line(f"[critical] {dag_id}.{task_id} failed: {error_class}"),
        lines=tuple(
            one_line(line, None)
            for line in (
                "A task failed after its last try: something was not evaluated or not delivered.",
                f"DAG: {dag_id}",
                f"task: {task_id}",
                f"run: {run_id}",
                f"try: {try_number}",
                f"error: {error_class}",
                "Next: read the task's log, mend the cause, clear the task.",
            )
        ),
        links=tuple(_checked(Link(text="Log of the task", url=log_url))) if log_url else (),
        dedupe_key=f"failure:{dag_id}:{task_id}:{run_id}",
    )


def one_line(text: str, limit: int | None = _MAX_SUBJECT) -> str:
    """The text as one printable line, so that it cannot end a header or hide what follows."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def to_body(message: Message) -> str:
    """What the outbox stores of a message besides its kind, severity, subject and key."""
    return json.dumps(
        {"lines": message.lines, "links": [{"text": link.text, "url": link.url} for link in message.links]},
        ensure_ascii=False,
    )


def from_row(*, kind: str, severity: str, subject: str, dedupe_key: str, body: str) -> Message:
    """The message that `to_body` stored."""
    parts = json.loads(body)
    return Message(
        kind=kind,
        severity=Severity(severity),
        subject=subject,
        lines=tuple(str(line) for line in parts["lines"]),
        links=tuple(Link(text=str(link["text"]), url=str(link["url"])) for link in parts["links"]),
        dedupe_key=dedupe_key,
    )


def _links(base_url: str | None, *places: tuple[str, str]) -> tuple[Link, ...]:
    if not base_url:
        return ()
    links = (Link(text=text, url=f"{base_url.rstrip('/')}/{path}") for text, path in places)
    return tuple(checked for link in links for checked in _checked(link))


def _checked(link: Link) -> Sequence[Link]:
    """The link, unless a mail reader would execute it instead of opening a page."""
    try:
        usable = urlsplit(link.url).scheme in {"http", "https"} and one_line(link.url, None) == link.url
    except ValueError:
        usable = False
    return (link,) if usable else ()


def _some(ids: Sequence[int]) -> str:
    shown = ", ".join(str(row) for row in sorted(ids)[:IDS_SHOWN])
    rest = len(ids) - IDS_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
