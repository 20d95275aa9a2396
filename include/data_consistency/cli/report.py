"""`consistency report`: check everything in Great Expectations and publish the day's report."""

from datetime import datetime
from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.cli._status import Status
from data_consistency.report.wording import Words

DayOption = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Day to report on; default: yesterday.")
]
CheckOption = Annotated[bool, typer.Option("--check/--no-check", help="Check everything first, in Great Expectations.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(*, day: DayOption = None, check: CheckOption = True, as_json: JsonFlag = False) -> None:
    """Write the daily report and its data docs under var/data_docs/."""
    rt = runtime.build()
    done = pipeline.report_run(rt, actor=actor(), day=day.date() if day else None, check=check)
    result, silent, said = done.result, done.not_evaluated, Words("en")
    emit(
        result,
        as_json=as_json,
        text=[
            f"report    {result.path}",
            f"data docs {result.data_docs}",
            f"consistent now {said.percent(result.rate)}, on {result.day} {said.percent(result.day_rate)}",
            *table(("what", "count"), result.figures.items()),
            *([f"NOT EVALUATED {silent}"] if silent else []),
        ],
    )
    if silent:
        raise typer.Exit(Status.NOT_EVALUATED)
