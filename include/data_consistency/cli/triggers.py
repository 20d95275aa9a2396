"""`consistency triggers`: install, drop, verify."""

import typer

from data_consistency import runtime
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._status import Status
from data_consistency.schema import triggers

_AS_THEY_SHOULD_BE = "triggers are as in sql/triggers/"


def register(app: typer.Typer) -> None:
    """Add the group `triggers`."""
    group = typer.Typer(help="The triggers on the source tables.", no_args_is_help=True)
    group.command()(install)
    group.command()(drop)
    group.command()(verify)
    app.add_typer(group, name="triggers")


def install() -> None:
    """Install every trigger of sql/triggers/; nothing is done when all are as they should be."""
    rt = runtime.build()
    with rt.transaction() as connection:
        triggers.install(connection)
        none = triggers.cannot_be(connection)
    typer.echo(none or _AS_THEY_SHOULD_BE)


def drop() -> None:
    """Drop our triggers and no other; the rules go on finding what the triggers prevented."""
    rt = runtime.build()
    with rt.transaction() as connection:
        triggers.drop(connection)
    typer.echo("our triggers are gone")


def verify(*, as_json: JsonFlag = False) -> None:
    """Compare the installed triggers with their files by hash. Status 1 when they differ."""
    rt = runtime.build()
    with rt.transaction() as connection:
        drift = triggers.verify(connection)
        none = triggers.cannot_be(connection)
    emit(
        drift,
        as_json=as_json,
        text=[f"{item.name}: {item.kind}" for item in drift] or [none or _AS_THEY_SHOULD_BE],
    )
    raise typer.Exit(Status.VIOLATIONS if drift else Status.CLEAN)
