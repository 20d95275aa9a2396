"""`consistency airflow`: the private Airflow of this checkout, with its pages and, unless one is named, a database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency.cli._output import JsonFlag, emit
from data_consistency.config import Settings, load_settings

if TYPE_CHECKING:
    from data_consistency.local.airflow import Airflow

_NOT_RUNNING = 3

DemoFlag = Annotated[bool, typer.Option("--demo", help="The Airflow and the database that `demo run` left.")]

group = typer.Typer(help="A private Airflow: this user's own, on the loopback address.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `airflow`."""
    app.add_typer(group, name="airflow")


@group.command()
def up(
    *,
    port: Annotated[int | None, typer.Option(help="Of the pages; any free one unless given.")] = None,
    demo: DemoFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Start Airflow, let the DAGs run, and say where the pages are."""
    from data_consistency.local import airflow, airflow_database

    settings, var = _place(demo=demo)
    url = airflow_database.ensure(settings, var, is_demo=demo)
    ours = {"CONSISTENCY_DB_URL": url, "CONSISTENCY_VAR": str(var.absolute())}
    started = airflow.start(var / "airflow", ours, port=port)
    dags = airflow.unpause(started)
    notes = [note for note in (airflow_database.missing(url), _mail_note(settings, var)) if note]
    emit(
        {**_facts(started), "dags": dags, "notes": notes},
        as_json=as_json,
        text=[*_text(started), f"DAGs      {', '.join(dags) or 'none'}", *notes],
    )


@group.command()
def down(*, demo: DemoFlag = False, as_json: JsonFlag = False) -> None:
    """Stop Airflow, and the private database if `up` started it; their data stays."""
    from data_consistency.local import airflow, airflow_database

    _, var = _place(demo=demo)
    stopped = airflow.stop(var / "airflow")
    database = airflow_database.release(var)
    emit(
        {"running": False, "stopped": stopped, "database_stopped": database},
        as_json=as_json,
        text=["Airflow stopped" if stopped else "Airflow was not running", *(["database stopped"] if database else [])],
    )


@group.command()
def status(*, demo: DemoFlag = False, as_json: JsonFlag = False) -> None:
    """Say which components run and where the pages are. Exit status 3 unless all run."""
    from data_consistency.local import airflow

    _, var = _place(demo=demo)
    found = airflow.status(var / "airflow")
    emit(
        _facts(found),
        as_json=as_json,
        text=_text(found) if found else ["not running; `consistency airflow up` starts it"],
    )
    if found is None or found.missing:
        raise typer.Exit(_NOT_RUNNING)


def _place(*, demo: bool) -> tuple[Settings, Path]:
    settings = load_settings()
    return settings, settings.var / "demo" if demo else settings.var


def _facts(found: "Airflow | None") -> dict[str, object]:
    from data_consistency.local import airflow_env

    if found is None:
        return {"running": False}
    return {
        "running": True,
        "url": found.url,
        "user": airflow_env.USER,
        "password_file": str(airflow_env.password_file(found.home)),
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
