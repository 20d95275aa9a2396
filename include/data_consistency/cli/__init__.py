"""The `consistency` command: each module of this folder is a group and registers its commands.

Exit status: 0 clean, 1 violations left, 2 warnings only, 3 something not evaluated, 64 wrong use.
"""

import importlib
import os
import pkgutil
import sys
from importlib.metadata import entry_points
from importlib.metadata import version as distribution_version
from typing import Annotated

import typer

from data_consistency.errors import ConfigurationError, DataConsistencyError, InvalidRule, WrongUse
from data_consistency.extras import DISTRIBUTION
from data_consistency.sources import SELECTED

COMMANDS = "data_consistency.commands"  # entry points; each is handed the command and registers what it has

EXIT_CLEAN = 0
EXIT_VIOLATIONS = 1
EXIT_WARNINGS = 2
EXIT_NOT_EVALUATED = 3
EXIT_WRONG_USE = 64


def build_app() -> typer.Typer:
    """The command with every group registered."""
    app = typer.Typer(
        name="consistency",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_choose_source)
    for group in sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name[0] != "_"):
        importlib.import_module(f"{__name__}.{group}").register(app)
    # What is installed beside the product, such as the sandbox, brings commands of its own.
    for entry in sorted(entry_points(group=COMMANDS), key=lambda found: found.name):
        entry.load()(app)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"consistency {distribution_version(DISTRIBUTION)}")
        raise typer.Exit


def _choose_source(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which version this is.")
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Name of a watched database in consistency.toml; needed where there are several.")
    ] = None,
) -> None:
    """Finds, corrects and explains inconsistencies between calls, appointments and customers."""
    del version  # said already
    if source is not None:
        # Processes that the command starts are about the same database.
        os.environ[SELECTED] = source


def main() -> None:
    """Run the command; an error of ours is one line on stderr."""
    try:
        build_app()()
    except (ConfigurationError, InvalidRule, WrongUse) as error:
        print(f"consistency: {error}", file=sys.stderr)  # noqa: T201  # the command's own voice
        sys.exit(EXIT_WRONG_USE)
    except DataConsistencyError as error:
        print(f"consistency: {error}", file=sys.stderr)  # noqa: T201  # the command's own voice
        sys.exit(EXIT_NOT_EVALUATED)
