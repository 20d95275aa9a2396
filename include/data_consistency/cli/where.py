"""`consistency where`: which files are in use."""

import os
from pathlib import Path
from typing import Annotated

import typer

from data_consistency import config, project, sources
from data_consistency.cli._output import JsonFlag, emit
from data_consistency.errors import WrongUse


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(where)


def where(
    what: Annotated[str | None, typer.Argument(help="Only this one, alone on its line: for scripts.")] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say where DAGs, rules, statements, settings file and written files are; needs no database."""
    places = _places()
    if what is not None and what not in places:
        raise WrongUse(f"no place '{what}'; there are {', '.join(places)}")
    chosen = places if what is None else {what: places[what]}
    width = max(len(name) for name in chosen)
    text = [f"{name:{width}}  {path or 'none'}" for name, path in chosen.items()]
    emit(chosen, as_json=as_json, text=text if what is None else [str(chosen[what] or "")])


def _places() -> dict[str, Path | None]:
    files = project.find()
    plugins = files.home / "plugins"
    return {
        "code": Path(project.__file__).parent,
        "dags": files.dags,
        # Where the package is installed, Airflow finds the plugin by its entry point.
        "plugins": plugins if plugins.is_dir() else None,
        "expectations": files.home / project.EXPECTATIONS,
        "sql": files.home / "sql",
        "own-rules": files.folders[0] if len(files.folders) > 1 else None,
        "settings": sources.settings_file(files, os.environ),
        "var": config.load_settings(files).var.absolute(),
    }
