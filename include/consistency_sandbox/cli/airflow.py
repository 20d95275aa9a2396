"""`consistency airflow`: the private Airflow of this checkout, with its pages and, unless one is named, a database."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import project, sources
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.cli._status import Status
from data_consistency.config import Settings, load_settings

if TYPE_CHECKING:
    from consistency_sandbox.private_airflow.server import Airflow

DemoFlag = Annotated[bool, typer.Option("--demo", help="The Airflow and the database that `demo run` left.")]

group = typer.Typer(help="A private Airflow: this user's own, on the loopback address.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `airflow`."""
    app.add_typer(group, name="airflow")


@group.command()
def up(
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Of the pages; any free one unless given.")] = None,
    demo: DemoFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Start Airflow, let the DAGs run, and say where the pages are."""
    from consistency_sandbox.private_airflow import database as airflow_database
    from consistency_sandbox.private_airflow import server

    settings, var = _place(demo=demo)
    files = project.find()
    watched = sources.load_sources(files)
    ours = {"CONSISTENCY_VAR": str(var.absolute())}
    missing = None
    if demo or sources.DEFAULT in watched:
        url = airflow_database.ensure(os.environ.get(sources.DATABASE_URL), var, is_demo=demo)
        ours |= {sources.DATABASE_URL: url, sources.CONFIG: ""}
        missing = airflow_database.missing(url, files)
    pools = [source.pool for source in watched.values()]
    started = server.start(var / "airflow", ours, files, pools=pools, port=port)
    dags = server.unpause(started)
    notes = [note for note in (missing, _mail_note(settings, var)) if note]
    emit(
        {**_facts(started), "dags": dags, "notes": notes},
        as_json=as_json,
        text=[*_text(started), f"DAGs      {', '.join(dags) or 'none'}", *notes],
    )


@group.command()
def down(*, demo: DemoFlag = False, as_json: JsonFlag = False) -> None:
    """Stop Airflow, and the private database if `up` started it; their data stays."""
    from consistency_sandbox.private_airflow import database as airflow_database
    from consistency_sandbox.private_airflow import server

    _, var = _place(demo=demo)
    stopped = server.stop(var / "airflow")
    database = airflow_database.release(var)
    emit(
        {"running": False, "stopped": stopped, "database_stopped": database},
        as_json=as_json,
        text=["Airflow stopped" if stopped else "Airflow was not running", *(["database stopped"] if database else [])],
    )


@group.command()
def status(*, demo: DemoFlag = False, as_json: JsonFlag = False) -> None:
    """Say which components run and where the pages are. Exit status 3 unless all run."""
    from consistency_sandbox.private_airflow import server

    _, var = _place(demo=demo)
    found = server.status(var / "airflow")
    emit(
        _facts(found),
        as_json=as_json,
        text=_text(found) if found else ["not running; `consistency airflow up` starts it"],
    )
    if found is None or found.missing:
        raise typer.Exit(Status.NOT_EVALUATED)


def _place(*, demo: bool) -> tuple[Settings, Path]:
    settings = load_settings(project.find())
    return settings, settings.var / "demo" if demo else settings.var


def _facts(found: "Airflow | None") -> dict[str, object]:
    from consistency_sandbox.private_airflow import environment

    if found is None:
        return {"running": False}
    return {
        "running": True,
        "url": found.url,
        "user": environment.USER,
        "password_file": str(environment.password_file(found.home)),
        "components": found.components,
        "missing": found.missing,
    }


def _text(found: "Airflow") -> list[str]:
    facts = _facts(found)
    lines = [
        f"Airflow   {facts['url']}",
        f"user      {facts['user']}, password in {facts['password_file']}",
        "running   " + ", ".join(f"{name} ({pid})" for name, pid in found.components.items()),
    ]
    if found.missing:
        lines.append(f"missing   {', '.join(found.missing)}; `consistency airflow up` starts Airflow anew")
    return lines


def _mail_note(settings: Settings, var: Path) -> str | None:
    if settings.smtp_url:
        return None
    return f"mails     no CONSISTENCY_SMTP_URL is set: they are written to {var / 'outbox'}/ as .eml files"
