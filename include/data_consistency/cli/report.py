"""`consistency report`: check everything in Great Expectations and publish the day's report."""

from datetime import datetime
from typing import Annotated

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, actor, emit, table
from data_consistency.db.runs import new_run_id
from data_consistency.errors import CheckNotEvaluated, DataConsistencyError
from data_consistency.report.wording import percent
from data_consistency.runtime import Runtime

NOT_EVALUATED = 3

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
    runtime.log_to_file(rt.settings)
    run_id = new_run_id("report", rt.now())
    pipeline.begin(rt, run_id, "report", actor())
    try:
        silent = _check(rt, run_id) if check else None
        result = pipeline.write_report(rt, run_id=run_id, day=day.date() if day else None)
    except DataConsistencyError as error:
        pipeline.finish(rt, run_id, error=type(error).__name__)
        raise
    pipeline.finish(rt, run_id, counts=dict(result.figures), error=silent)
    emit(
        result,
        as_json=as_json,
        text=[
            f"report    {result.path}",
            f"data docs {result.data_docs}",
            f"consistent on {result.day}: {percent(result.rate)}",
            *table(("what", "count"), result.figures.items()),
            *([f"NOT EVALUATED {silent}"] if silent else []),
        ],
    )
    if silent:
        raise typer.Exit(NOT_EVALUATED)


def _check(rt: Runtime, run_id: str) -> str | None:
    """Check everything; why something could not be evaluated, if so."""
    try:
        pipeline.full_check(rt, run_id=run_id)
    except CheckNotEvaluated as error:
        return str(error)
    return None
