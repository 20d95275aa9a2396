"""`consistency migrate | rollback`: our tables, change columns and triggers, up and down."""

from typing import Annotated

import typer

from data_consistency import runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._progress import shown
from data_consistency.schema import drift, migrations
from data_consistency.schema.definer import DEFAULT


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
        bool | None,
        typer.Option(
            "--change-columns/--without-change-columns",
            help="The invisible change time and lookups; remembered, at first yes.",
        ),
    ] = None,
    triggers: Annotated[
        bool | None, typer.Option("--triggers/--without-triggers", help="The triggers; remembered, at first yes.")
    ] = None,
    definer: Annotated[
        str | None,
        typer.Option(help=f"Account that triggers act as, name@host; remembered, at first {DEFAULT}."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring the schema up to date and put back what is missing; can be repeated; what it cannot do is told."""
    rt = runtime.build()
    with shown():
        version = migrations.migrate(
            rt.engine,
            adopt=adopt,
            environment=environment,
            to=to,
            change_columns=change_columns,
            triggers=triggers,
            definer=definer,
        )
    with rt.transaction() as connection:
        left = drift.look(connection)
    emit(
        {"version": version, "left": [str(fault) for fault in left]},
        as_json=as_json,
        text=[
            f"schema is at version {version}",
            *(f"LOOK  {fault}" for fault in left),
            "next: consistency doctor",
        ],
    )


def rollback(*, to: Annotated[str, typer.Option(help="Version.")] = "base", as_json: JsonFlag = False) -> None:
    """Take everything of ours away; the source tables are left exactly as they were found."""
    rt = runtime.build()
    with shown():
        version = migrations.rollback(rt.engine, to=to)
    emit(
        {"version": version},
        as_json=as_json,
        text=[f"schema is at version {version or 'none: nothing of ours is left'}"],
    )
