"""`consistency demo`: a bad morning to try everything on."""

from typing import Annotated

import typer

from consistency_sandbox.demo.load import keep_demo, load_demo
from data_consistency import extras, project, runtime
from data_consistency.cli._output import JsonFlag, emit, table
from data_consistency.cli._status import Status
from data_consistency.config import load_settings

group = typer.Typer(help="A bad morning to try everything on, in a schema of its own.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `demo`."""
    app.add_typer(group, name="demo")


@group.command()
def load(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave a demo that is there, and what became of it.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Fill an empty schema, or the demo's own, with 173 calls of which 45 are wrong."""
    rt = runtime.build()
    if keep and keep_demo(rt.engine):
        emit({}, as_json=as_json, text=["the demo is there and was kept"])
        return
    summary = load_demo(rt.engine, rt.now())
    emit(summary, as_json=as_json, text=table(("what", "rows"), summary.items()))


@group.command()
def run() -> None:
    """Have a real scheduler find and correct the bad morning, repeat it, take it back. Exit status 1: a goal missed."""
    for extra in ("sandbox", "airflow", "gx"):
        extras.require(extra, "the demo")
    from consistency_sandbox.demo import story

    summary = story.run(load_settings(project.find()).var / "demo", typer.echo)
    if summary["missed"]:
        raise typer.Exit(Status.VIOLATIONS)
