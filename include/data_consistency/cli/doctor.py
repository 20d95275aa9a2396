"""`consistency doctor`: is everything there, current, running?"""

from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._status import Status
from data_consistency.errors import DataConsistencyError
from data_consistency.health import page
from data_consistency.pipeline import Sign


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    *,
    role: Annotated[
        str | None, typer.Option(help="The database user is to have the rights of this role, see `consistency grants`.")
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--except", help="Leave this sign out; can be repeated.")
    ] = None,
    list_signs: Annotated[
        bool, typer.Option("--list", help="Print every sign, when it is bad and what to do.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Say what is missing, old, switched off, stopped or undelivered. Status 1: something is; 3: unknown."""
    if list_signs:
        typer.echo(page.page(), nl=False)
        return
    signs: list[Sign] = []
    shut: DataConsistencyError | None = None
    try:
        for sign in pipeline.examine(runtime.build(), role=role, leave_out=leave_out or ()):
            signs.append(sign)  # what was seen before an error is shown
    except DataConsistencyError as error:
        shut = error
    if signs:
        emit(signs, as_json=as_json, text=[f"{_mark(sign):6}  {sign.name:24}  {sign}" for sign in signs])
    if shut is not None:
        raise shut
    if any(sign.is_silent for sign in signs):
        raise typer.Exit(Status.NOT_EVALUATED)
    raise typer.Exit(Status.CLEAN if all(sign.ok for sign in signs) else Status.VIOLATIONS)


def _mark(sign: Sign) -> str:
    if not sign.ok:
        return "LOOK"
    return "ok" if sign.is_seen else "unseen"
