"""A message for webhooks of Microsoft Teams (Workflows): an Adaptive Card of text runs, which read no Markdown."""

from collections.abc import Iterator
from typing import Any

from data_consistency.alerts.speech import Command, Section, Speech
from data_consistency.rules import Severity

_STYLES = {Severity.CRITICAL: "attention", Severity.WARNING: "warning", Severity.INFO: "accent"}


def render(speech: Speech) -> dict[str, Any]:
    """The payload."""
    body: list[dict[str, Any]] = [
        {
            "type": "Container",
            "style": "good" if speech.over else _STYLES[speech.severity],
            "bleed": True,
            "items": [
                _line(_run(speech.status, weight="Bolder", size="Small")),
                _line(_run(speech.subject, weight="Bolder", size="Medium")),
                _line(_run(speech.lead)),
            ],
        },
        *(_section(section) for section in speech.sections),
    ]
    if speech.commands:
        body.append({"type": "Container", "separator": True, "items": [_command(one) for one in speech.commands]})
    footer = " · ".join([*(f"{label}: {value}" for label, value in speech.facts), speech.footer])
    body.append(_line(_run(footer, size="Small", isSubtle=True)))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": speech.language,
        "msteams": {"width": "Full"},
        "body": body,
    }
    content = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "summary": speech.subject, "attachments": [content]}


def _section(section: Section) -> dict[str, Any]:
    items = [_line(_run(section.heading, weight="Bolder")), *(_line(_run(line)) for line in section.lines)]
    if section.rows:
        items.append(_line(*_rows(section)))
    items += [_line(_run(f"{label}: ", isSubtle=True), _run(value)) for label, value in section.facts]
    items += [_command(one) for one in section.commands]
    if section.links:
        actions = [{"type": "Action.OpenUrl", "title": link.text, "url": link.url} for link in section.links]
        items.append({"type": "ActionSet", "actions": actions})
    return {"type": "Container", "separator": True, "items": items}


def _rows(section: Section) -> Iterator[dict[str, Any]]:
    yield _run(f"{section.rows_label}: ")
    for number, (row, url) in enumerate(section.rows):
        if number:
            yield _run(", ")
        yield _run(row) if url is None else _run(row, selectAction={"type": "Action.OpenUrl", "url": url})
    if section.rows_more:
        yield _run(f" {section.rows_more}")


def _command(one: Command) -> dict[str, Any]:
    return _line(_run(f"{one.text}: "), _run(one.command, fontType="Monospace"))


def _line(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **looks: object) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **looks}
