"""`consistency demo`: a bad morning to try everything on."""

import typer

from consistency_sandbox.demo.load import load_demo
from data_consistency import project, runtime
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.cli._status import Status
from data_consistency.config import load_settings

group = typer.Typer(help="A bad morning to try everything on, in a schema of its own.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `demo`."""
    app.add_typer(group, name="demo")


@group.command()
def load(*, as_json: JsonFlag = False) -> None:
    """Fill an empty schema, or the demo's own, with 173 calls of which 45 are wrong."""
    rt = runtime.build()
    summary = load_demo(rt.engine, rt.now())
    emit(summary, as_json=as_json, text=table(("what", "rows"), summary.items()))


@group.command()
def run() -> None:
    """Have a real scheduler find and correct the bad morning, repeat it, take it back. Exit status 1: a goal missed."""
    from consistency_sandbox.demo import story

    summary = story.run(load_settings(project.find()).var / "demo", typer.echo)
    if summary["missed"]:
        raise typer.Exit(Status.VIOLATIONS)
