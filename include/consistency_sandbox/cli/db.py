"""`consistency db`: the private servers of this checkout."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import project
from data_consistency.cli._status import Status
from data_consistency.config import load_settings

if TYPE_CHECKING:
    from consistency_sandbox.servers import private
    from consistency_sandbox.servers.kinds import Kind

SCHEMA = "data_consistency"

_Json = Annotated[bool, typer.Option("--json", help="Machine-readable answer.")]
_Server = Annotated[
    str,
    typer.Option(
        "--server", help="mariadb (the system's), mariadb-newest or mysql (fetched from Debian, beside the system)."
    ),
]

group = typer.Typer(help="Private database servers: this user's own, on a socket under var/.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `db`."""
    app.add_typer(group, name="db")


@group.command()
def start(*, server: _Server = "mariadb", as_json: _Json = False) -> None:
    """Start a server (installing or fetching it first) and print its URL."""
    from consistency_sandbox.servers import private

    kind, folder = _place(server)
    started = private.start(folder, kind=kind)
    started.create_schema(SCHEMA)
    _show(_facts(started), server, as_json=as_json)


@group.command()
def stop(*, server: _Server = "mariadb", as_json: _Json = False) -> None:
    """Stop a server; the data stays."""
    from consistency_sandbox.servers import private

    _, folder = _place(server)
    stopped = private.stop(folder)
    _show({"running": False, "stopped": stopped}, server, as_json=as_json)


@group.command()
def status(*, server: _Server = "mariadb", as_json: _Json = False) -> None:
    """Say whether a server runs, which version, and at which URL. Exit status 3 when it does not."""
    from consistency_sandbox.servers import private

    _, folder = _place(server)
    found = private.status(folder)
    _show(_facts(found), server, as_json=as_json)
    if found is None:
        raise typer.Exit(Status.NOT_EVALUATED)


def _place(server: str) -> "tuple[Kind, Path]":
    from consistency_sandbox.servers.kinds import kind_of

    kind = kind_of(server)
    return kind, load_settings(project.find()).var / kind.name


def _facts(server: "private.Server | None") -> dict[str, object]:
    if server is None:
        return {"running": False}
    return {
        "running": True,
        "server": server.kind.title,
        "version": server.version,
        "pid": server.pid,
        "socket": str(server.socket),
        "url": server.url(SCHEMA),
    }


def _show(facts: dict[str, object], server: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    if not facts["running"]:
        start = "consistency db start" if server == "mariadb" else f"consistency db start --server {server}"
        typer.echo("stopped" if facts.get("stopped") else f"not running; `{start}` starts it")
        return
    typer.echo(f"running  {facts['server']} {facts['version']}, process {facts['pid']}")
    typer.echo(f"export CONSISTENCY_DB_URL='{facts['url']}'")
