"""`consistency doctor`: is everything there, current, running?"""

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._status import Status


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(*, as_json: JsonFlag = False) -> None:
    """Say what is missing, old, switched off, stopped or undelivered. Status 1 when something is."""
    signs = pipeline.examine(runtime.build())
    emit(
        signs,
        as_json=as_json,
        text=[f"{'ok  ' if sign.ok else 'LOOK'}  {sign.name:18}  {sign.detail}" for sign in signs],
    )
    raise typer.Exit(Status.CLEAN if all(sign.ok for sign in signs) else Status.VIOLATIONS)
