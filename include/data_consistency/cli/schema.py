"""`consistency migrate | rollback`: our tables, change columns and triggers, up and down."""

from typing import Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.schema import migrations


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.command()(rollback)


def migrate(
    *,
    adopt: Annotated[str | None, typer.Option(help="Name of the schema, to mark it as ours the first time.")] = None,
    environment: Annotated[str, typer.Option(help="operational, demo or test.")] = "operational",
    to: Annotated[str, typer.Option(help="Version.")] = "head",
    change_columns: Annotated[
        bool,
        typer.Option("--change-columns/--without-change-columns", help="Add the invisible change time and lookups."),
    ] = True,
    triggers: Annotated[bool, typer.Option("--triggers/--without-triggers", help="Install the triggers.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Bring the schema up to date; can be repeated."""
    rt = runtime.build()
    version = migrations.migrate(
        rt.engine, adopt=adopt, environment=environment, to=to, change_columns=change_columns, triggers=triggers
    )
    emit({"version": version}, as_json=as_json, text=[f"schema is at version {version}"])


def rollback(*, to: Annotated[str, typer.Option(help="Version.")] = "base", as_json: JsonFlag = False) -> None:
    """Take everything of ours away; the source tables are left exactly as they were found."""
    rt = runtime.build()
    version = migrations.rollback(rt.engine, to=to)
    emit(
        {"version": version},
        as_json=as_json,
        text=[f"schema is at version {version or 'none: nothing of ours is left'}"],
    )
