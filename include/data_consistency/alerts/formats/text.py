"""Plain text: the whole message, for readers that show no HTML, for files and for terminals."""

from collections.abc import Iterator

from data_consistency.alerts.speech import Section, Speech


def render(speech: Speech) -> str:
    """The message as lines."""
    parts = [[speech.subject], [f"{speech.status}: {speech.lead}"]]
    parts += [list(_section(section)) for section in speech.sections]
    parts += [[f"{one.text}: {one.command}" for one in speech.commands]]
    parts += [[f"{label}: {value}" for label, value in speech.facts] + [speech.footer]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield section.heading
    yield "-" * min(len(section.heading), 60)
    yield from section.lines
    if section.rows:
        yield f"{section.rows_label}: {', '.join(_row(*row) for row in section.rows)} {section.rows_more}".rstrip()
    for label, value in section.facts:
        yield f"{label}: {value}"
    for link in section.links:
        yield f"{link.text}: {link.url}"
    for command in section.commands:
        yield f"{command.text}: {command.command}"


def _row(row_id: str, url: str | None) -> str:
    return row_id if url is None else f"{row_id} <{url}>"
