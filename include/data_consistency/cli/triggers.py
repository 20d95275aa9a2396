"""`consistency triggers`: install, drop, verify."""

import typer
from sqlalchemy.engine import Connection

from data_consistency import runtime
from data_consistency.cli._output import JsonFlag, actor, emit
from data_consistency.cli._status import Status
from data_consistency.errors import SchemaNotReady
from data_consistency.runtime import Runtime
from data_consistency.schema import choices, ddl, triggers

_AS_THEY_SHOULD_BE = "triggers are as in sql/triggers/"


def register(app: typer.Typer) -> None:
    """Add the group `triggers`."""
    group = typer.Typer(help="The triggers on the source tables.", no_args_is_help=True)
    group.command()(install)
    group.command()(drop)
    group.command()(verify)
    app.add_typer(group, name="triggers")


def install() -> None:
    """Install every trigger of sql/triggers/, and remember that they are wanted. Status 1 when they cannot be."""
    rt = runtime.build()
    with rt.transaction() as connection, ddl.patient(connection):
        _want(rt, connection, is_wanted=True)
        left_out = triggers.install(connection)
        none = triggers.cannot_be(connection)
    typer.echo(left_out or _AS_THEY_SHOULD_BE)
    raise typer.Exit(1 if left_out and not none else 0)


def drop() -> None:
    """Drop our triggers and no other, and remember that; the rules go on finding what the triggers prevented."""
    rt = runtime.build()
    with rt.transaction() as connection, ddl.patient(connection):
        _want(rt, connection, is_wanted=False)
        triggers.drop(connection)
    typer.echo("our triggers are gone")


def _want(rt: Runtime, connection: Connection, *, is_wanted: bool) -> None:
    choices.want(connection, choices.TRIGGERS, is_wanted=is_wanted, actor=actor(), now=rt.now())


def verify(*, as_json: JsonFlag = False) -> None:
    """Compare the installed triggers with their files by hash. Status 1 when they differ."""
    rt = runtime.build()
    with rt.transaction() as connection:
        drift = triggers.verify(connection)
        none = triggers.not_wanted(connection)
        if not triggers.are_seen(connection):
            raise SchemaNotReady("this account may not see triggers; look as the corrector or the migrator")
    emit(
        drift,
        as_json=as_json,
        text=[f"{item.name}: {item.kind}" for item in drift] or [none or _AS_THEY_SHOULD_BE],
    )
    raise typer.Exit(Status.VIOLATIONS if drift else Status.CLEAN)
