"""`consistency mail retry`: deliver what was given up, once the channel is mended."""

import typer

from data_consistency import pipeline, runtime
from data_consistency.cli._output import JsonFlag, emit


def register(app: typer.Typer) -> None:
    """Add the group `mail`."""
    group = typer.Typer(help="The outbox.", no_args_is_help=True)
    group.command()(retry)
    app.add_typer(group, name="mail")


def retry(*, as_json: JsonFlag = False) -> None:
    """Try again what was given up after twenty attempts, and whatever else waits. Status 3: some is left."""
    counts = pipeline.retry_outbox(runtime.build())
    where = f"; mails are files under {counts.written_to}" if counts.written_to else ""
    emit(counts, as_json=as_json, text=[f"sent {counts.sent}{where}"])
