"""`consistency audit`: follow the chain of events; delete what is beyond its time."""

from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, actor, emit
from data_consistency.cli._status import Status


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The chain of events and the audit.", no_args_is_help=True)
    group.command()(verify)
    group.command()(prune)
    app.add_typer(group, name="audit")


def verify(*, as_json: JsonFlag = False) -> None:
    """Follow every link of the chain and compare the audit with it. Status 1: one does not hold, the first is named."""
    verdict = pipeline.verify_audit(runtime.build())
    first = verdict.first
    said = [f"{verdict.events} events of {verdict.runs} runs and {verdict.corrections} changes: every link holds"]
    if first is not None:
        event = "" if first.event_id is None else f"event {first.event_id} "
        run = f"of run {first.run_id}" if first.run_id else "of the audit"
        said = [f"BROKEN: {event}{run}: {first.what}", f"{verdict.broken} links do not hold"]
    emit(verdict, as_json=as_json, text=said)
    raise typer.Exit(Status.CLEAN if first is None else Status.VIOLATIONS)


def prune(
    *,
    days: Annotated[int, typer.Option(min=30, max=36_500, help="Keep so many days.")] = pipeline.AUDIT_DAYS,
    as_json: JsonFlag = False,
) -> None:
    """Delete events and audit of whole runs that are older; a checkpoint keeps the chain whole. As the migrator."""
    counts = pipeline.prune_audit(runtime.build(), actor=actor(), days=days)
    emit(
        counts,
        as_json=as_json,
        text=[f"deleted {counts.events} events and {counts.corrections} changes of {counts.runs} runs"],
    )
