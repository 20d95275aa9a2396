"""`consistency pools`: the pools that Airflow must have."""

import typer

from data_consistency import pools as airflow_pools
from data_consistency import project, sources
from data_consistency.cli._output import emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(pools)


def pools() -> None:
    """The pools of the watched databases as JSON, for `airflow pools import`; needs no database."""
    emit(airflow_pools.wanted(sources.load_sources(project.find()).values()), as_json=True, text=())
