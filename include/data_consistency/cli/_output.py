"""How commands speak: tables for people, `--json` for machines, one actor name for the audit."""

import dataclasses
import getpass
import json
import os
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from data_consistency.review.viewers import Role, Viewer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def actor() -> str:
    """Who is working, for the audit."""
    try:
        return f"cli:{getpass.getuser()}"[:100]
    except (KeyError, OSError):
        return f"cli:user {os.getuid()}"  # of a container that knows no names


def person() -> Viewer:
    """Who is working, for decisions: whoever may use the database by hand may do everything."""
    return Viewer(name=actor(), role=Role.ADMIN)


def plain(value: object) -> object:
    """Records as dictionaries, so that they can be printed as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def emit(document: object, *, as_json: bool, text: Iterable[str]) -> None:
    """Print a result, for a machine or for a person."""
    if as_json:
        typer.echo(json.dumps(document, default=_plain_json, indent=2))
        return
    for line in text:
        typer.echo(line)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table with aligned columns."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[n]) for row in [list(header), *cells]) for n in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *cells]
    ]


def _plain_json(value: object) -> object:
    converted = plain(value)
    return converted if converted is not value else str(value)
