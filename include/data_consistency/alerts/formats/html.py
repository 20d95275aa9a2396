"""HTML for mail readers: no scripts, no pictures, nothing loaded; one column that fits a phone; light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from data_consistency.alerts.speech import Command, Link, Section, Speech
from data_consistency.rules import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours by meaning; each is read on `ground`, and `text` on `code` too."""

    ground: str
    text: str
    quiet: str
    link: str
    line: str
    code: str
    critical: str
    warning: str
    info: str
    over: str


LIGHT = Palette(
    ground="#ffffff", text="#1c1e21", quiet="#555b63", link="#0b57a4", line="#d5d9de", code="#f1f3f5",
    critical="#b3261e", warning="#8a5300", info="#1f5fa8", over="#1b6e3c",
)  # fmt: skip
DARK = Palette(
    ground="#16181b", text="#e8eaed", quiet="#aab1ba", link="#8ab4f8", line="#3a4047", code="#24282d",
    critical="#f2887f", warning="#f0b45a", info="#8ab4f8", over="#7fd3a1",
)  # fmt: skip
_FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; font-size: 16px; line-height: 1.5"


def render(speech: Speech) -> str:
    """The message as a page of its own."""
    tone = _tone(speech.severity, over=speech.over)
    body = "\n".join(
        [
            f'<p class="{tone}" style="margin: 0; font-weight: 600; color: {_colour(tone)}">',
            f"{escape(speech.status)}</p>",
            f'<h1 style="margin: 0 0 8px; font-size: 20px; line-height: 1.3">{escape(speech.subject)}</h1>',
            f'<p style="margin: 0 0 16px">{escape(speech.lead)}</p>',
            *(_section(section) for section in speech.sections),
            *_commands(speech.commands),
            *_footer(speech),
        ]
    )
    return (
        f'<!doctype html>\n<html lang="{speech.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{escape(speech.subject)}</title>\n<style>\n{_dark()}</style>\n</head>\n"
        f'<body class="ground" style="margin: 0; padding: 16px; background: {LIGHT.ground}; color: {LIGHT.text};'
        f' {_FONT}">\n<div style="max-width: 640px; margin: 0 auto; overflow-wrap: anywhere">\n{body}\n</div>\n'
        "</body>\n</html>\n"
    )


def _dark() -> str:
    """What a reader with a dark screen sees; the light colours stand with each element, for readers without styles."""
    rules = [
        f"  .ground {{ background: {DARK.ground} !important; color: {DARK.text} !important; }}",
        f"  .quiet {{ color: {DARK.quiet} !important; }}",
        f"  a {{ color: {DARK.link} !important; }}",
        f"  code {{ background: {DARK.code} !important; color: {DARK.text} !important; }}",
        f"  .card {{ border-color: {DARK.line} !important; }}",
        *(
            f"  .{tone} {{ color: {getattr(DARK, tone)} !important; border-color: {getattr(DARK, tone)} !important; }}"
            for tone in ("critical", "warning", "info", "over")
        ),
    ]
    return "@media (prefers-color-scheme: dark) {\n" + "\n".join(rules) + "\n}\n"


def _tone(severity: Severity, *, over: bool) -> str:
    return "over" if over else severity.value


def _colour(tone: str) -> str:
    return str(getattr(LIGHT, tone))


def _section(section: Section) -> str:
    tone = _tone(section.severity, over=section.over)
    return "\n".join(
        [
            f'<div class="card" style="margin: 0 0 16px; padding: 12px 0 0; border-top: 1px solid {LIGHT.line}">',
            f'<h2 class="{tone}" style="margin: 0 0 8px; padding-left: 10px; border-left: 4px solid {_colour(tone)};'
            f' color: {_colour(tone)}; font-size: 17px; line-height: 1.35">{escape(section.heading)}</h2>',
            *(f'<p style="margin: 0 0 6px">{escape(line)}</p>' for line in section.lines),
            *_rows(section),
            *(_fact(label, value) for label, value in section.facts),
            *_links(section.links),
            *_commands(section.commands),
            "</div>",
        ]
    )


def _rows(section: Section) -> Iterator[str]:
    if section.rows:
        shown = ", ".join(escape(row) if url is None else _anchor(row, url) for row, url in section.rows)
        yield f'<p style="margin: 0 0 6px">{escape(section.rows_label)}: {shown} {escape(section.rows_more)}</p>'


def _links(links: tuple[Link, ...]) -> Iterator[str]:
    for link in links:
        yield f'<p style="margin: 6px 0 0">{_anchor(link.text, link.url)}</p>'


def _anchor(text: str, url: str) -> str:
    return f'<a href="{escape(url)}" style="color: {LIGHT.link}">{escape(text)}</a>'


def _fact(label: str, value: str) -> str:
    return f'<p class="quiet" style="margin: 0; color: {LIGHT.quiet}">{escape(label)}: {escape(value)}</p>'


def _commands(commands: tuple[Command, ...]) -> Iterator[str]:
    for one in commands:
        yield (
            f'<p style="margin: 6px 0 0">{escape(one.text)}:<br><code style="display: inline-block; padding: 2px 6px;'
            f" border-radius: 4px; background: {LIGHT.code}; color: {LIGHT.text}; font-size: 14px;"
            f' white-space: pre-wrap">{escape(one.command)}</code></p>'
        )


def _footer(speech: Speech) -> Iterator[str]:
    yield '<div style="margin-top: 16px; font-size: 14px">'
    yield from (_fact(label, value) for label, value in speech.facts)
    yield f'<p class="quiet" style="margin: 0; color: {LIGHT.quiet}">{escape(speech.footer)}</p>'
    yield "</div>"
