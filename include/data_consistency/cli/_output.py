"""How commands speak: tables for people, `--json` for machines, one actor name for the audit."""

import dataclasses
import getpass
import json
import os
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import Annotated

import typer

from data_consistency.errors import WrongUse
from data_consistency.review.viewers import Role, Viewer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


_LONGEST_NAME = 96  # with `cli:` before it the audit's column is full
_said_name: ContextVar[str | None] = ContextVar("_said_name", default=None)


def work_as(name: str | None) -> None:
    """Who sits there, where the login does not tell; None: it does.

    Raises:
        WrongUse: that is no name.
    """
    if name is not None and not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
        raise WrongUse(f"--as: a name of at most {_LONGEST_NAME} characters is needed, as it is to stand in the audit")
    _said_name.set(name)


def actor() -> str:
    """Who is working, for the audit."""
    if (name := _said_name.get()) is not None:
        return f"cli:{name}"
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
