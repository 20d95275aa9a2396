"""A message for Slack's incoming webhooks, and for what takes them: `text` says it all, `blocks` say it better."""

from collections.abc import Iterator
from typing import Any

from data_consistency.alerts.formats import text
from data_consistency.alerts.speech import Link, Section, Speech

_MOST_TEXT = 2900  # of a section, Slack takes 3000
_MOST_HEADER = 150
_MOST_BLOCKS = 50


def render(speech: Speech) -> dict[str, Any]:
    """The payload."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(speech.subject, _MOST_HEADER), "emoji": False}},
        _mrkdwn(f"*{_escaped(speech.status)}:* {_escaped(speech.lead)}"),
    ]
    for section in speech.sections:
        blocks += [{"type": "divider"}, _mrkdwn("\n".join(_section(section)))]
    if speech.commands:
        blocks.append(_mrkdwn("\n".join(f"{_escaped(one.text)}: `{_code(one.command)}`" for one in speech.commands)))
    facts = [f"{label}: {value}" for label, value in speech.facts]
    blocks.append(
        {"type": "context", "elements": [_text(" · ".join([*map(_escaped, facts), _escaped(speech.footer)]))]}
    )
    if len(blocks) > _MOST_BLOCKS:
        blocks = [*blocks[: _MOST_BLOCKS - 1], blocks[-1]]
    return {"text": _cut(_escaped(text.render(speech)), 10 * _MOST_TEXT), "blocks": blocks}


def _section(section: Section) -> Iterator[str]:
    yield f"*{_escaped(section.heading)}*"
    yield from (_escaped(line) for line in section.lines)
    if section.rows:
        shown = ", ".join(
            _escaped(row) if url is None else _anchor(Link(text=row, url=url)) for row, url in section.rows
        )
        yield f"{_escaped(section.rows_label)}: {shown} {_escaped(section.rows_more)}".rstrip()
    yield from (f"_{_escaped(label)}:_ {_escaped(value)}" for label, value in section.facts)
    yield from (_anchor(link) for link in section.links)
    yield from (f"{_escaped(one.text)}: `{_code(one.command)}`" for one in section.commands)


def _mrkdwn(content: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(content)}


def _text(content: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": _cut(content, _MOST_TEXT)}


def _anchor(link: Link) -> str:
    url = link.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{url}|{_escaped(link.text)}>"


def _escaped(content: str) -> str:
    """What Slack would take for markup: entities, mentions and links come from these three signs."""
    return content.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(content: str) -> str:
    return _escaped(content.replace("`", "'"))


def _cut(content: str, most: int) -> str:
    return content if len(content) <= most else content[: most - 1] + "…"
