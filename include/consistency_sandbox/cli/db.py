"""`consistency db`: the private MariaDB of this checkout."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from data_consistency import project
from data_consistency.cli._status import Status
from data_consistency.config import load_settings

if TYPE_CHECKING:
    from consistency_sandbox.servers import mariadb

SCHEMA = "data_consistency"

_Json = Annotated[bool, typer.Option("--json", help="Machine-readable answer.")]

group = typer.Typer(help="The private MariaDB: this user's own server, on a socket under var/.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group `db`."""
    app.add_typer(group, name="db")


@group.command()
def start(*, as_json: _Json = False) -> None:
    """Start the server (installing it first where this user may) and print its URL."""
    from consistency_sandbox.servers import mariadb

    server = mariadb.start(load_settings(project.find()).var / "mariadb")
    server.create_schema(SCHEMA)
    _show(_facts(server), as_json=as_json)


@group.command()
def stop(*, as_json: _Json = False) -> None:
    """Stop the server; the data stays."""
    from consistency_sandbox.servers import mariadb

    stopped = mariadb.stop(load_settings(project.find()).var / "mariadb")
    _show({"running": False, "stopped": stopped}, as_json=as_json)


@group.command()
def status(*, as_json: _Json = False) -> None:
    """Say whether the server runs, which version, and at which URL. Exit status 3 when it does not."""
    from consistency_sandbox.servers import mariadb

    server = mariadb.status(load_settings(project.find()).var / "mariadb")
    _show(_facts(server), as_json=as_json)
    if server is None:
        raise typer.Exit(Status.NOT_EVALUATED)


def _facts(server: "mariadb.Server | None") -> dict[str, object]:
    if server is None:
        return {"running": False}
    return {
        "running": True,
        "version": server.version,
        "pid": server.pid,
        "socket": str(server.socket),
        "url": server.url(SCHEMA),
    }


def _show(facts: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts))
        return
    if not facts["running"]:
        typer.echo("stopped" if facts.get("stopped") else "not running; `consistency db start` starts it")
        return
    typer.echo(f"running  MariaDB {facts['version']}, process {facts['pid']}")
    typer.echo(f"export CONSISTENCY_DB_URL='{facts['url']}'")
