"""`consistency rehearse`: the compose file, run for real without an engine."""

import os
import shutil
import subprocess
import sys

import typer

from data_consistency import config, extras, project
from data_consistency.errors import ConfigurationError, WrongUse

# Namespaces of its own, which end with whatever runs in them when this process ends, however it does.
_OWN = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
_PROGRAMS = ("ip", "mariadbd", "nsenter", "postgres", "redis-server", "setpriv", "unshare")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rehearse)


def rehearse() -> None:
    """Run docker-compose.yaml as processes, put faults to it, compare the tables. Needs root; status 1: they differ."""
    for extra in ("sandbox", "airflow", "gx"):
        extras.require(extra, "the rehearsal")
    from consistency_sandbox.rehearsal import image
    from consistency_sandbox.servers import packages

    files = project.find()
    if not (files.home / "docker-compose.yaml").is_file():
        raise WrongUse(f"no docker-compose.yaml in {files.home}; the rehearsal is of a checkout")
    if os.geteuid():
        raise ConfigurationError("the rehearsal makes namespaces and a network of its own; run it as root")
    packages.require(*_PROGRAMS)
    var = config.load_settings(files).var.absolute() / "rehearsal"
    shutil.rmtree(var / "containers", ignore_errors=True)
    shutil.rmtree(var / "volumes", ignore_errors=True)
    var.mkdir(parents=True, exist_ok=True)
    typer.echo("The image: the locked packages and the wheel ...")
    image.build(files.home, var / "image")  # before: from within there is no way to a registry
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CONSISTENCY_", "AIRFLOW"))}
    command = [*_OWN, sys.executable, "-m", "consistency_sandbox.rehearsal", str(files.home), str(var)]
    raise typer.Exit(subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, check=False).returncode)
