"""`consistency airflow`: the private Airflow of this checkout, with its pages and, unless one is named, a database."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import pools, project, runtime, sources
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
    """Start Airflow, let the DAGs run, and say where the pages are; without a database of your own, the demo's data."""
    from consistency_sandbox.private_airflow import database as airflow_database
    from consistency_sandbox.private_airflow import server

    settings, var = _place(demo=demo)
    files = project.find()
    watched = sources.load_sources(files)
    own = os.environ.get(sources.DATABASE_URL)
    ours = {"CONSISTENCY_VAR": str(var.absolute())}
    missing = command = None
    if demo or sources.DEFAULT in watched:
        url = airflow_database.ensure(own, var, is_demo=demo)
        ours |= {sources.DATABASE_URL: url, sources.CONFIG: ""}
        command = _private_command(url, var, ours, files, demo=demo) if demo or not own else None
        missing = airflow_database.missing(url, files)
    started = server.start(var / "airflow", ours, files, pools=pools.wanted(watched.values()), port=port)
    dags = {} if missing else server.unpause(started)
    runs = server.first_runs(started, [dag_id for dag_id, is_due in dags.items() if is_due]) if command else {}
    notes = [*_notes(missing, command, demo=demo), *_mail_notes(settings, var)]
    emit(
        {**_facts(started), "dags": list(dags), "runs": runs, "notes": notes},
        as_json=as_json,
        text=[
            *_text(started),
            f"DAGs      {', '.join(dags) or 'off'}",
            *(f"first run {state:11} {dag_id}" for dag_id, state in runs.items()),
            *([] if missing else _places(started, var)),
            *notes,
        ],
    )


def _private_command(url: str, var: Path, ours: dict[str, str], files: project.Project, *, demo: bool) -> str:
    """The command that knows the private database, which gets the demo's data where it holds nothing yet."""
    from consistency_sandbox.demo.history import live_through
    from consistency_sandbox.demo.load import is_empty, load_demo
    from consistency_sandbox.private_airflow import commands
    from data_consistency import config
    from data_consistency.db.engine import make_engine

    engine = make_engine(url, files)
    try:
        if is_empty(engine):
            now = config.utc_now().replace(tzinfo=None)
            load_demo(engine, now)
            live_through(runtime.build(os.environ | ours, database_url=url), now)
    finally:
        engine.dispose()
    return commands.write(var, {**ours, **({"CONSISTENCY_DRY_RUN": "false"} if demo else {})}, files)


def _notes(missing: str | None, command: str | None, *, demo: bool) -> list[str]:
    """What to type next."""
    from consistency_sandbox.private_airflow import commands

    program = commands.program()
    lines = []
    if missing:
        adopt = f"{command or program} migrate --adopt {missing}"
        lines += [f"schema    '{missing}' is not ours yet, so the DAGs are off: `{adopt}`, then `{program} airflow up`"]
    elif command:
        lines += [f"try       {command} {words}" for words in ("doctor", "plan", "incident list", "queue list")]
    return [*lines, f"stop      {program} airflow down{' --demo' if demo else ''}"]


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
    from consistency_sandbox.private_airflow import commands, server

    _, var = _place(demo=demo)
    found = server.status(var / "airflow")
    emit(
        _facts(found),
        as_json=as_json,
        text=_text(found) if found else [f"not running; `{commands.program()} airflow up` starts it"],
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
    from consistency_sandbox.private_airflow import environment

    facts = _facts(found)
    lines = [
        f"Airflow   {facts['url']}",
        f"login     {facts['user']}, password {environment.password(found.home)}",
        "running   " + ", ".join(f"{name} ({pid})" for name, pid in found.components.items()),
    ]
    if found.missing:
        lines.append(f"missing   {', '.join(found.missing)}; `consistency airflow up` starts Airflow anew")
    return lines


def _places(started: "Airflow", var: Path) -> list[str]:
    """Where one looks first."""
    return [
        f"look      {started.url}/plugin/consistency-review  what waits for a person",
        f"look      {started.url}/dags/consistency_check  what ran, and how it ended",
        f"look      {var / 'data_docs' / 'consistency-report.html'}  the report of each day, and the data docs",
    ]


def _mail_notes(settings: Settings, var: Path) -> list[str]:
    if settings.smtp_url:
        return []
    return [f"mails     no CONSISTENCY_SMTP_URL is set: they are written to {var / 'outbox'}/ as .eml files"]
